import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RunJson } from '../../src/domain/run.ts';
import { freePort } from '../../src/local/free-port.ts';
import { runJob } from '../../src/operations/run.ts';
import { waitForRun } from '../../src/operations/wait.ts';
import { getRun, toRunJson } from '../../src/state/runs.ts';
import { startPostgres } from '../../tools/servers/postgres.ts';
import { startWeaviate } from '../../tools/servers/weaviate.ts';
import { contentsOf, type SeedDocument, seed } from '../support/corpus.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeOnBothStores } from '../support/requires.ts';
import { until } from '../support/until.ts';

const log = () => {};
const documents: SeedDocument[] = Array.from({ length: 1200 }, (_, at) => ({
  id: `d${at}`,
  workspace: `w${at % 6}`,
  expired: at % 2 === 0,
}));
const survivors = documents.filter((one) => !one.expired).map((one) => one.id);
const settings = {
  jobs: {
    'ttl-cleanup': {
      brake: { max_share: 1, max_partition_share: 1, max_weekly_share: 1 },
      parameters: { batch_size: 3 },
    },
  },
};

async function removed(installation: Installation, run: RunJson): Promise<number> {
  const { db } = installation.parts;
  return (await toRunJson(db, await getRun(db, run.run_id))).totals.deleted_documents ?? 0;
}

/** A run that has removed something and is not through. */
async function begunRun(installation: Installation): Promise<RunJson> {
  await seed(installation.parts, documents);
  await installation.worker();
  const run = await runJob(installation.context, 'ttl-cleanup', {}, { preview: false });
  await until('it works', () => removed(installation, run));
  return run;
}

async function endsUndisturbed(installation: Installation, run: RunJson): Promise<void> {
  const ended = await waitForRun(installation.context, run.run_id);
  expect(ended).toMatchObject({
    status: 'success',
    dead_letters: 0,
    totals: { deleted_documents: 600, deleted_vectors: 1200 },
  });
  const left = await contentsOf(installation.parts);
  expect([left.documents.toSorted(), left.strays]).toEqual([survivors.toSorted(), []]);
}

describeOnBothStores('a store that is killed and comes back in the middle of a run', (stores) => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'coppice-outage-'));
    chmodSync(dir, 0o755);
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  async function databaseOutage(): Promise<void> {
    const place = { dir, port: await freePort(), log };
    let server = await startPostgres(place);
    const installation = await createInstallation({ ...stores, postgresUrl: server.url, settings });
    const run = await begunRun(installation);
    await server.kill();
    server = await startPostgres(place);
    await endsUndisturbed(installation, run);
    await installation.close();
    await server.stop();
  }

  async function vectorOutage(): Promise<void> {
    let server = await startWeaviate({ dir, log });
    const place = { dir, ports: server.ports, log };
    const installation = await createInstallation({ ...stores, weaviateUrl: server.url, settings });
    const run = await begunRun(installation);
    await server.kill();
    const history = installation.client.workflow.getHandle(run.workflow_id);
    await until('the run waits for the store', async () => {
      const { raw } = await history.describe();
      return raw.pendingActivities?.some((one) => one.activityType?.name === 'probe' && Number(one.attempt) > 2);
    });
    server = await startWeaviate(place);
    await endsUndisturbed(installation, run);
    await installation.close();
    await server.stop();
  }

  if (stores.kind === 'one database') it('PostgreSQL: the run waits and ends as if undisturbed', databaseOutage);
  else it('Weaviate: all packs wait for one probe, then go on', vectorOutage);
});
