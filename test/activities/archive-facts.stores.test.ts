import { sql } from 'kysely';
import { afterAll, beforeEach, expect, it } from 'vitest';
import type { GraphTools } from '../../src/activities/graph/tools.ts';
import { createGraphComputer } from '../../src/compute/graph-computer.ts';
import { loadConfig } from '../../src/config/load.ts';
import { agedRuns, ledgerParts } from '../../src/state/upkeep/ledger.ts';
import type { GraphStore } from '../../src/stores/ports/graph-store.ts';
import { twins } from '../stores/graph/merging.contract.ts';
import { graphTools, surveyed, tablesGraph } from '../support/graph-sweep.ts';
import { describeOnDatabases } from '../support/stores.ts';

const cutoff = new Date('2026-03-01T00:00:00.000Z');
const terms = (parameters: object) => ({
  cutoff,
  parameters: { ttl_days: null, ttl_days_by_name: '', group: null, ...parameters },
  respectHolds: true,
});

describeOnDatabases('archive-facts', (database) => {
  const computer = createGraphComputer({ threads: 1 });
  const tools: GraphTools = graphTools(computer);
  let store: GraphStore;

  beforeEach(async () => {
    const { db } = database;
    store = await tablesGraph(db, 'old');
    for (const table of ['graph_groups', 'ledger_graph', 'run_partitions', 'partition_locks', 'holds']) {
      await sql`delete from coppice.${sql.ref(table)}`.execute(db);
    }
    for (const part of ['documents', 'entities', 'mentions', 'relations', 'vectors']) {
      await sql`delete from knowledge.${sql.ref(`old_${part}`)}`.execute(db);
    }
    await store.loading.load?.(twins('a'));
  });
  afterAll(async () => {
    await computer.close();
    await tools.finder.close();
  });

  const run = (parameters: object) => surveyed(database.db, store, tools, terms(parameters), 'archive-facts');
  const facts = async () => {
    const { rows } = await sql<{ ids: string }>`select string_agg(id, ' ' order by id) as ids
      from knowledge.old_relations`.execute(database.db);
    return rows[0]?.ids;
  };

  it('archives nothing until a time to live is set', async () => {
    expect((await run({})).rows).toEqual([]);
  });

  it('archives facts past their time, spares what is written after the survey, and restores them on hold', async () => {
    // r2 was written on January 5, all others on January 1.
    const first = await run({ ttl_days: 57, ttl_days_by_name: 'lives=off' });
    expect(first.rows.map(({ rows, due }) => [rows, due])).toEqual([[6, 4]]);
    await sql`update knowledge.old_relations set summary = 'rewritten' where id = 'r4'`.execute(database.db);
    await first.apart(2);
    expect(await first.totals()).toEqual({ archived_facts: 3, no_longer_due: 1 });
    expect(await facts()).toBe('r2 r4 r6');
    expect(await first.undo()).toEqual({ restored_edges: 3, refused: 0 });
    expect(await facts()).toBe('r1 r2 r3 r4 r5 r6');
    const again = await run({ ttl_days: 57, ttl_days_by_name: 'lives=off' });
    expect(again.rows.map(({ due }) => due)).toEqual([1]);
  });

  it('keeps the archive whatever is configured for the ledger', async () => {
    const settings = (own: object) =>
      loadConfig({ DATABASE_URL: 'postgres://localhost/none', ...own }).jobs.find(
        ({ job }) => job.id === 'archive-facts',
      );
    expect(settings({})?.ledger).toMatchObject({ enabled: true, retentionDays: 36_500 });
    const { db } = database;
    await (await run({ ttl_days: 1 })).apart(50);
    await sql`update coppice.runs set status = 'success', job = 'archive-facts', started_at = now() - interval '10 years'`.execute(
      db,
    );
    const part = (await ledgerParts(db)).find(({ name }) => name === 'ledger_graph');
    if (part === undefined) throw new Error('graphs have a ledger');
    const days = { 'archive-facts': settings({})?.ledger.retentionDays ?? 0 };
    expect(await agedRuns(db, part, { days, otherwise: 30 })).toEqual([]);
    expect(await agedRuns(db, part, { days: {}, otherwise: 30 })).toHaveLength(1);
  });
});
