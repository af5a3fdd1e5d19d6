import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../api/support/test-api.ts';
import { bytesAsText } from '../support/bytes-as-text.ts';
import { type FakeModel, startFakeModel } from '../support/fake-model.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { linesOf } from '../support/profile-runs.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { runCli } from '../support/run-cli.ts';
import type { WorkerProcess } from '../support/worker-process.ts';

/** In texts of the store, in answers and in the name of an entity: found nowhere but in Coppice's database. */
const canary = 'zebrafinch';
const entities = ['anna-of-q', 'bob-of-q'];
const key = 'sk-nightingale';

describeEndToEnd('profile-maintenance', (servers) => {
  let installation: Installation;
  let worker: WorkerProcess;
  let fake: FakeModel;
  let api: TestApi;
  const cli = (...args: string[]) => installation.cli(...args, '--json');

  beforeAll(async () => {
    fake = await startFakeModel((asked) => {
      const [, second] = linesOf(asked);
      const { category = '', key: name = '', value = '' } = second ?? {};
      return { content: { operations: [{ op: 'merge', lines: [1, 2], category, key: name, value }] } };
    });
    installation = await createInstallation({
      ...servers,
      settings: {
        collections: { documents: {}, profiles: { kind: 'attributes' } },
        jobs: { 'profile-maintenance': { schedules: [] } },
      },
    });
    Object.assign(installation.env, { COPPICE_MODEL_URL: fake.url, COPPICE_MODEL: 'small', COPPICE_MODEL_KEY: key });
    worker = await installation.worker();
    api = await startTestApi(installation);
  });
  afterAll(async () => {
    await api?.close();
    await installation?.close();
    await fake?.stop();
  });

  it('profiles are loaded, previewed, maintained and undone from the command line', async () => {
    const file = join(installation.parts.config.dataDir, '..', 'profiles.jsonl');
    const texts = [`likes ${canary} and tea`, `enjoys ${canary} and tea in spring`];
    const all = entities.flatMap((entity) =>
      texts.map((value, at) => ({
        entity_id: entity,
        category: 'interest',
        key: 'likes',
        value,
        updated_at: `2026-01-0${at + 1}`,
      })),
    );
    writeFileSync(file, all.map((line) => JSON.stringify(line)).join('\n'));
    expect((await cli('load', 'profiles', file)).json).toMatchObject({ loaded_attributes: 4, failed_lines: 0 });
    const before = await stored();

    const preview = await cli('preview', 'profile-maintenance');
    expect(preview.json.survey).toMatchObject({ rows: 4, due: 4, partition_count: 2 });
    const { proposals } = (await cli('proposals', 'list')).json;
    expect(proposals).toMatchObject([{ state: 'proposed' }, { state: 'proposed' }]);
    const shown = await installation.cli('proposals', 'show', proposals[0].id);
    expect(shown.stdout).toContain(`- interest likes: likes ${canary} and tea`);
    expect(shown.stdout).toContain(`+ interest likes: enjoys ${canary} and tea in spring`);
    const rejected = proposals.find((one: { entity_id: string }) => one.entity_id === 'bob-of-q');
    await cli('proposals', 'reject', rejected.id);

    const run = await cli('run', 'profile-maintenance', '--wait');
    expect(run.json).toMatchObject({
      status: 'success',
      totals: { maintained_profiles: 1, removed_attributes: 2, added_attributes: 1 },
    });
    expect(fake.asked).toHaveLength(2);
    expect((await cli('runs', 'entities', run.json.run_id)).json).toEqual([
      {
        ...{
          collection: 'profiles',
          entity_id: 'anna-of-q',
          entity_type: 'user',
          bot_id: null,
          attributes_before: 2,
          attributes_after: 1,
        },
        ...{ categories_updated: ['interest'], error: null },
      },
    ]);
    expect(await stored()).toContain(`anna-of-q likes enjoys ${canary} and tea in spring 0.9 maintenance`);

    const undone = await cli('undo', run.json.run_id, '--wait');
    expect(undone.json).toMatchObject({ status: 'success', totals: { restored_attributes: 2, deleted_attributes: 1 } });
    expect(await stored()).toEqual(before);
    const again = await cli('run', 'profile-maintenance', '--wait');
    expect(again.json.totals).toMatchObject({ maintained_profiles: 0 });
    expect(fake.asked).toHaveLength(2);
    expect(fake.asked[0]?.key).toBe(`Bearer ${key}`);
  });

  async function stored(): Promise<string[]> {
    const { rows } = await sql<{ line: string }>`
      select concat_ws(' ', entity_id, key, value, confidence, source) as line from knowledge.profiles order by 1`.execute(
      installation.parts.db,
    );
    return rows.map(({ line }) => line);
  }

  it('no text and no key are in the history, in logs or in lists, though no codec is set', async () => {
    const { runs } = (await api.ask('GET', '/api/v1/runs?job=profile-maintenance&limit=200')).json;
    expect(runs.length).toBeGreaterThan(1);
    for (const { workflow_id: workflowId } of runs) {
      const handle = installation.client.workflow.getHandle(workflowId);
      const { events } = await handle.fetchHistory();
      const described = await handle.describe();
      const text = bytesAsText([events, described.raw]);
      expect(text).toContain('profile-maintenance');
      for (const secret of [canary, key, ...entities]) expect(text).not.toContain(secret);
    }
    const told = [
      worker.lines.join('\n'),
      (await api.ask('GET', '/metrics')).text,
      (await api.ask('GET', '/api/v1/proposals')).text,
      JSON.stringify(runs),
      (await runCli(['config', 'show', '--json'], installation.env)).stdout,
    ];
    for (const text of told) for (const secret of [canary, key]) expect(text).not.toContain(secret);
  });

  it('over HTTP a token that is limited to an entity sees its proposals and results alone', async () => {
    const token = await api.token('admin', { entities: ['anna-of-q'] });
    const all = (await api.ask('GET', '/api/v1/proposals')).json.proposals;
    const own = (await api.ask('GET', '/api/v1/proposals', { token })).json.proposals;
    expect(new Set(all.map((one: { entity_id: string }) => one.entity_id))).toEqual(new Set(entities));
    expect(new Set(own.map((one: { entity_id: string }) => one.entity_id))).toEqual(new Set(['anna-of-q']));
    const hidden = all.find((one: { entity_id: string }) => one.entity_id === 'bob-of-q').id;
    expect((await api.ask('GET', `/api/v1/proposals/${hidden}`, { token })).status).toBe(404);
    for (const decision of ['accept', 'reject', 'never'])
      expect((await api.ask('POST', `/api/v1/proposals/${hidden}/${decision}`, { token })).status).toBe(404);
    const shown = await api.ask('GET', `/api/v1/proposals/${own.at(-1).id}`, { token });
    expect(shown.json).toMatchObject({ entity_id: 'anna-of-q', state: 'undone' });
    expect(
      (await api.ask('POST', `/api/v1/proposals/${hidden}/accept`, { token: await api.token('run') })).status,
    ).toBe(403);
    for (const [decision, state] of [
      ['accept', 'accepted'],
      ['reject', 'rejected'],
      ['never', 'never'],
    ])
      expect((await api.ask('POST', `/api/v1/proposals/${hidden}/${decision}`)).json).toMatchObject({ state });
    const { runs } = (await api.ask('GET', '/api/v1/runs?job=profile-maintenance')).json;
    const first = runs.filter((one: { kind: string }) => one.kind === 'sweep').at(-1).run_id;
    expect((await api.ask('GET', `/api/v1/runs/${first}/entities`, { token })).json.entities).toMatchObject([
      { entity_id: 'anna-of-q' },
    ]);
    const operations = api.document.operations.filter(({ path }) => /\/proposals|\/entities/.test(path));
    expect(operations.map(({ method, path }) => `${method} ${path}`).filter((one) => !api.succeeded.has(one))).toEqual(
      [],
    );
  });
});
