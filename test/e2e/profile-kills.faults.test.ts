import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FakeModel, startFakeModel } from '../support/fake-model.ts';
import { createGate, type Gate } from '../support/gate.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { linesOf } from '../support/profile-runs.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { until } from '../support/until.ts';
import type { WorkerProcess } from '../support/worker-process.ts';

const profiles = 12;

describeEndToEnd('a worker killed while it maintains profiles', (servers) => {
  let installation: Installation;
  let worker: WorkerProcess;
  let gate: Gate;
  let fake: FakeModel;
  /** The question of that number is never answered; the number of the one that hangs. */
  let hangsAt = 0;
  const cli = (...args: string[]) => installation.cli(...args, '--json');
  const run = (...args: string[]) => cli('run', 'profile-maintenance', ...args, '--wait');

  beforeAll(async () => {
    fake = await startFakeModel((asked, number) => {
      if (number === hangsAt) return 'hang';
      const [, second] = linesOf(asked);
      const { category = '', key = '', value = '' } = second ?? {};
      return { content: { operations: [{ op: 'merge', lines: [1, 2], category, key, value }] } };
    });
    installation = await createInstallation({
      ...servers,
      settings: {
        collections: { documents: {}, profiles: { kind: 'attributes' } },
        jobs: { 'profile-maintenance': { schedules: [] } },
      },
    });
    Object.assign(installation.env, { COPPICE_MODEL_URL: fake.url, COPPICE_MODEL: 'small' });
    const { db } = installation.parts;
    await sql`insert into knowledge.profiles (id, entity_id, category, key, value, updated_at)
      select format('%s-%s', e, n), 'e' || e, 'interest', 'likes', 'likes tea' || repeat(' in spring', n - 1),
        timestamptz '2026-01-01' + n * interval '1 day'
      from generate_series(1, ${sql.lit(profiles)}) e, generate_series(1, 2) n`.execute(db);
    gate = await createGate(db, ['after insert on knowledge.profiles']);
    worker = await installation.worker();
  });
  afterAll(async () => {
    await installation?.close();
    await fake?.stop();
  });

  async function stored(): Promise<Record<string, number>> {
    const { rows } = await sql<{ lines: string; count: number }>`
      select lines, count(*)::int8 as count from (
        select string_agg(value, ' | ' order by value) as lines from knowledge.profiles group by entity_id) p
      group by lines`.execute(installation.parts.db);
    return Object.fromEntries(rows.map(({ lines, count }) => [lines, count]));
  }
  const before = { 'likes tea | likes tea in spring': profiles };
  const after = { 'likes tea in spring': profiles };

  it('while it proposes: no answered question is asked again', async () => {
    hangsAt = 6;
    const started = run('--set', 'dry_run=true');
    await until('a question hangs', async () => fake.asked.length >= hangsAt);
    await until('the others are answered', async () => (await answered()) >= hangsAt - 1);
    await worker.kill();
    worker = await installation.worker();
    expect((await started).json).toMatchObject({ status: 'success' });
    expect(await answered()).toBe(profiles);
    // Only questions without an answer were asked twice: at most those that were open at once.
    const open = fake.asked.length - profiles;
    expect(open).toBeGreaterThanOrEqual(1);
    expect(open).toBeLessThanOrEqual(4);
    expect(await stored()).toEqual(before);
  });

  async function answered(): Promise<number> {
    const { rows } = await sql<{ count: number }>`
      select count(*)::int8 as count from coppice.proposals where state <> 'asking'`.execute(installation.parts.db);
    return rows[0]?.count ?? 0;
  }

  /** Kills the worker when it has written, and not committed, the insert of that number; another one goes on. */
  async function killedAt(insert: number, work: () => Promise<{ json: unknown }>) {
    const { result } = await gate.hold(insert, work, () => worker.kill());
    worker = await installation.worker();
    return (await result).json;
  }

  it('while it applies and while that is undone: whole profiles, exact counts, and no question', async () => {
    const asked = fake.asked.length;
    const json = await killedAt(1, () => run());
    const totals = { maintained_profiles: profiles, removed_attributes: 2 * profiles, added_attributes: profiles };
    expect(json).toMatchObject({ status: 'success', totals });
    expect(await stored()).toEqual(after);
    const { run_id: runId } = json as { run_id: string };
    const undone = await killedAt(4, () => cli('undo', runId, '--wait'));
    expect(undone).toMatchObject({
      status: 'success',
      totals: { restored_attributes: 2 * profiles, deleted_attributes: profiles },
    });
    expect(await stored()).toEqual(before);
    expect(fake.asked).toHaveLength(asked);
  });
});
