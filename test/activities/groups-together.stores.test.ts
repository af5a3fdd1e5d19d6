import { sql } from 'kysely';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { createGraphComputer, type GraphComputer } from '../../src/compute/graph-computer.ts';
import { markStale } from '../../src/state/graphs/graph-groups.ts';
import { holdItems } from '../../src/state/graphs/graph-holds.ts';
import type { GraphStore } from '../../src/stores/ports/graph-store.ts';
import { cutoff, randomGroup } from '../stores/graph/corpus.ts';
import { allOf, type GraphSweep, graphTools, surveyed, tablesGraph } from '../support/graph-sweep.ts';
import { describeOnDatabases } from '../support/stores.ts';

const seeds = Array.from({ length: 24 }, (_, at) => at + 1);
const named = (seed: number) => (seed === 7 ? `o'brien "7" 漢字` : `group ${seed}`);
const parameters = { collectors: 'all', grace_days: 1, recompute: 'needed' };
const terms = { cutoff, parameters, respectHolds: true };
/** As the next night. */
const later = { ...terms, cutoff: new Date(cutoff.getTime() + 86_400_000) };

describeOnDatabases('groups that go together', (database) => {
  const computer = createGraphComputer({ threads: 1 });
  const tools = graphTools(computer);
  let [one, other]: GraphStore[] = [];
  const both = async (work: (store: GraphStore) => Promise<unknown>) => {
    for (const store of [one, other]) if (store !== undefined) await work(store);
  };

  beforeEach(async () => {
    const { db } = database;
    one = await tablesGraph(db, 'together');
    other = await tablesGraph(db, 'apart');
    for (const table of ['graph_groups', 'ledger_graph', 'run_partitions', 'partition_locks', 'holds']) {
      await sql`delete from coppice.${sql.ref(table)}`.execute(db);
    }
    for (const graph of ['together', 'apart']) {
      for (const part of ['documents', 'entities', 'mentions', 'relations', 'vectors', 'results', 'versions']) {
        await sql`delete from knowledge.${sql.ref(`${graph}_${part}`)}`.execute(db);
      }
    }
    await both(
      (store) =>
        store.loading.load?.(seeds.flatMap((seed) => randomGroup({ group: named(seed), seed, dangling: true }))) ??
        Promise.resolve(),
    );
  });
  afterAll(() => computer.close());

  async function compared() {
    const [together, apart] = [await allOf(database.db, 'together'), await allOf(database.db, 'apart')];
    expect(together).toEqual(apart);
    return together;
  }

  test('come to what each comes to by itself: survivors, results, totals, ledger, registry', async () => {
    const { db } = database;
    // On hold: one item of every kind that is due somewhere.
    await both(async (store) => {
      for await (const page of store.census.stale(seeds.map(named), {
        cutoff,
        graceDays: 1,
        collectors: ['stale-edges'],
      })) {
        const due = page.filter((item) => item.due && item.group === named(5)).slice(0, 2);
        const images = due.map((item) => ({ ...item, content: '{}' }));
        await db.transaction().execute((tx) => holdItems(tx, store.mapping.name, named(5), images, 'undo'));
      }
    });
    const sweeps: GraphSweep[] = [];
    await both(async (store) => sweeps.push(await surveyed(db, store, tools, terms)));
    // Since the survey: documents are renewed, so that what came from them is not due any more.
    await both(({ mapping }) =>
      sql`update knowledge.${sql.ref(`${mapping.name}_documents`)} set deprecated_at = null
        where group_id = any(${[3, 9, 12].map(named)})`.execute(db),
    );
    await sweeps[0]?.together();
    await sweeps[1]?.apart(500);
    const first = await compared();
    expect(first.ledger?.length).toBeGreaterThan(100);
    expect(JSON.stringify(first.partitions)).toContain('no_longer_due');

    // Nothing has happened in some, something in others; one is only said to be stale.
    await both(async (store) => {
      const graph = store.mapping.name;
      await store.loading.deprecate(named(2), ['d1', 'd2', 'd3', 'd4', 'd5'], cutoff);
      await store.loading.load?.(randomGroup({ group: named(30), seed: 30, dangling: true }));
      await db.transaction().execute((tx) => markStale(tx, graph, named(20), 'asked'));
    });
    const again: GraphSweep[] = [];
    await both(async (store) => again.push(await surveyed(db, store, tools, later)));
    expect(again[0]?.rows.length).toBeGreaterThan(5);
    await again[0]?.together();
    await again[1]?.apart(500);
    const second = await compared();
    expect(JSON.stringify(second.partitions)).toContain('unchanged_groups');

    // Only computed, in any case.
    const always = { ...later, parameters: { ...parameters, scope: 'all', recompute: 'always' } };
    const last: GraphSweep[] = [];
    await both(async (store) => last.push(await surveyed(db, store, tools, always, 'graph-recompute')));
    expect(last[0]?.rows.length).toBe(seeds.length + 1);
    await last[0]?.together();
    await last[1]?.apart(500);
    await compared();
  });

  test('an item that is within its grace period again since the survey stays', async () => {
    const { db } = database;
    if (one === undefined) throw new Error('there is a graph');
    const old = { created_at: '2026-01-01T00:00:00.000Z' };
    const groups = ['moved', 'as it was'];
    await one.loading.load?.(
      groups.flatMap((group_id) => [
        { ...old, group_id, type: 'document', id: 'd', deprecated_at: old.created_at },
        { ...old, group_id, type: 'entity', id: 'e' },
        { ...old, group_id, type: 'mention', document: 'd', entity: 'e' },
      ]),
    );
    const sweep = await surveyed(db, one, tools, terms);
    expect(sweep.rows.map(({ partition }) => partition)).toEqual(expect.arrayContaining(groups));
    const withinGrace = new Date(cutoff.getTime() - 43_200_000);
    await sql`update knowledge.together_documents set deprecated_at = ${withinGrace}
      where group_id = 'moved'`.execute(db);
    await sweep.together();
    for (const part of ['mentions', 'entities']) {
      const { rows } = await sql<{ group_id: string }>`select group_id from knowledge.${sql.ref(`together_${part}`)}
        where group_id = any(${groups})`.execute(db);
      expect(rows).toEqual([{ group_id: 'moved' }]);
    }
  });

  test('one that becomes stale meanwhile stays stale, the others do not', async () => {
    const { db } = database;
    if (one === undefined) throw new Error('there is a graph');
    const meanwhile: GraphComputer = {
      ...computer,
      runAll: async (...given) => {
        const results = await computer.runAll(...given);
        await db.transaction().execute((tx) => markStale(tx, 'together', named(4), 'application'));
        await one?.loading.load?.([{ type: 'document', group_id: named(6), id: 'new' }]);
        return results;
      },
    };
    const all = { ...later, parameters: { ...parameters, grace_days: 0, recompute: 'always' } };
    // Vectors and edges of an entity are stale once it is deleted.
    for (const _night of [1, 2]) await (await surveyed(db, one, tools, all)).together();
    expect(await stale()).toEqual([]);
    await sql`update coppice.graph_groups set stale_since = now(), version = version + 1`.execute(db);
    await (await surveyed(db, one, graphTools(meanwhile), all)).together();
    expect(await stale()).toEqual([named(4)]);
    // A change without a signal is seen at the next look.
    const next = await surveyed(db, one, tools, { ...all, parameters: { ...all.parameters, recompute: 'needed' } });
    expect(next.rows.map((row) => row.partition).sort()).toEqual([named(4), named(6)]);
  });

  test('a successor on one of them: nothing more is written to any', async () => {
    const { db } = database;
    if (one === undefined) throw new Error('there is a graph');
    const found: { collected?: Record<string, unknown[]> } = {};
    const overtaken: GraphComputer = {
      ...computer,
      runAll: async (...given) => {
        const results = await computer.runAll(...given);
        if (found.collected !== undefined) return results;
        await sweep.takeOver(named(4));
        found.collected = await allOf(db, 'together');
        return results;
      },
    };
    const sweep = await surveyed(db, one, graphTools(overtaken), terms);
    await expect(sweep.together()).rejects.toMatchObject({ name: 'FenceLostError' });
    expect(await allOf(db, 'together')).toEqual(found.collected);
    expect(found.collected?.versions).toEqual([]);
    // Collected groups stay collected, and each continues from there.
    await sweep.apart(500);
    const other = await surveyed(db, await tablesGraph(db, 'apart'), tools, terms);
    await other.apart(500);
    await compared();
  });

  async function stale(): Promise<string[]> {
    const { rows } = await sql<{ group_id: string }>`select group_id from coppice.graph_groups
      where stale_since is not null order by 1`.execute(database.db);
    return rows.map((row) => row.group_id);
  }
});
