import { beforeEach, expect, test } from 'vitest';
import { groupFailures, orphans, staleGroups } from '../../src/activities/health-check/group-facts.ts';
import { partitionKey } from '../../src/state/locks/key.ts';
import { begunRun } from '../state/runs-of.ts';
import { describeOnDatabases } from '../support/stores.ts';

const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000);

describeOnDatabases('the facts that alert rules judge of groups', (database) => {
  beforeEach(async () => {
    await database.db.deleteFrom('coppice.graph_groups').execute();
    await database.db.deleteFrom('coppice.runs').execute();
  });

  async function group(
    group_id: string,
    over: { stale?: number; collected?: number; failures?: number; graph?: string },
  ) {
    const { stale, collected, failures = 0, graph = 'g' } = over;
    const stale_since = stale === undefined ? null : hoursAgo(stale);
    const collected_at = collected === undefined ? null : hoursAgo(collected);
    const key = partitionKey(graph, group_id);
    const row = { key, graph, group_id, stale_since, collected_at, failures };
    await database.db.insertInto('coppice.graph_groups').values(row).execute();
  }

  test('groups are stale for long that were not collected since', async () => {
    await group('never', { stale: 25 });
    await group('long ago', { stale: 25, collected: 30 });
    await group('waits for its grace', { stale: 48, collected: 1 });
    await group('failed since', { stale: 48, collected: 26, failures: 2 });
    await group('of late', { stale: 23 });
    await group('not stale', { collected: 100 });
    expect(await staleGroups(database.db, 24)).toEqual({ count: 3, hours: 24 });
    expect(await staleGroups(database.db, 0.5)).toEqual({ count: 5, hours: 0.5 });
  });

  test('a group that only waits for a recompute counts from when it needs one, and no more once it has it', async () => {
    const { db } = database;
    const set = (needs_recompute: boolean) =>
      db.updateTable('coppice.graph_groups').set({ needs_recompute }).where('group_id', '=', 'waits').execute();
    const since = (hours: number) =>
      db
        .updateTable('coppice.graph_groups')
        .set({ recompute_since: hoursAgo(hours) })
        .where('needs_recompute', '=', true)
        .execute();
    await group('waits', { collected: 1 });
    expect((await staleGroups(db, 24)).count).toBe(0);
    await since(25);
    expect((await staleGroups(db, 24)).count).toBe(1);
    // Collected again and again, it waits all the same.
    await set(true);
    expect((await staleGroups(db, 24)).count).toBe(1);
    await set(false);
    expect((await staleGroups(db, 24)).count).toBe(0);
    await set(true);
    expect((await staleGroups(db, 24)).count).toBe(0);
  });

  test('failures are counted by graph and number', async () => {
    for (const [name, failures] of [
      ['a', 1],
      ['b', 3],
      ['c', 3],
      ['d', 0],
    ] as const)
      await group(name, { failures });
    await group('a', { failures: 2, graph: 'other' });
    expect(await groupFailures(database.db)).toEqual([
      { graph: 'g', failures: 1, groups: 1 },
      { graph: 'g', failures: 3, groups: 2 },
      { graph: 'other', failures: 2, groups: 1 },
    ]);
  });

  test('orphans of two weeks, once the history is long enough', async () => {
    async function run(
      daysAgo: number,
      deleted_entities: number,
      over: { job?: string; kind?: 'preview' | 'undo' } = {},
    ) {
      const { run_id } = await begunRun(database.db, { job: 'group-maintenance', ...over });
      const set = {
        started_at: hoursAgo(24 * daysAgo),
        totals: JSON.stringify({ deleted_entities, deleted_edges: 9 }),
      };
      await database.db.updateTable('coppice.runs').set(set).where('run_id', '=', run_id).execute();
    }
    await run(1, 5);
    await run(6.9, 7);
    await run(7.1, 10);
    await run(13.9, 20);
    await run(2, 1_000, { job: 'ttl-cleanup' });
    await run(2, 1_000, { kind: 'preview' });
    expect(await orphans(database.db, 50)).toBeNull();
    await run(14.1, 1_000);
    expect(await orphans(database.db, 50)).toEqual({ lastWeek: 12, weekBefore: 30, least: 50 });
  });
});
