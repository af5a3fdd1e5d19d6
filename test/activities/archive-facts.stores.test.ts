import { sql } from 'kysely';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { takeMarksOff } from '../../src/activities/graph/mark-archived.ts';
import type { GraphTools } from '../../src/activities/graph/tools.ts';
import type { RestoreWork } from '../../src/activities/sweep/sweepable.ts';
import { createGraphComputer } from '../../src/compute/graph-computer.ts';
import { loadConfig } from '../../src/config/load.ts';
import { agedRuns, ledgerParts } from '../../src/state/upkeep/ledger.ts';
import { wayOf } from '../../src/stores/ports/graph-items.ts';
import type { GraphStore } from '../../src/stores/ports/graph-store.ts';
import { twins } from '../stores/graph/merging.contract.ts';
import { type GraphSweep, graphTools, surveyed, tablesGraph } from '../support/graph-sweep.ts';
import { describeOnGraphStores, forgetGraphs } from '../support/graphs-of-suite.ts';
import { describeOnDatabase, describeOnDatabases } from '../support/stores.ts';

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

describeOnGraphStores('archive-facts by a property', (graph) => {
  describeOnDatabase('native', `archive-facts by a property of ${graph.store}`, (database) => {
    const tools: GraphTools = graphTools(createGraphComputer({ threads: 1 }));
    const items = ['r1', 'r2', 'r3', 'r4', 'r5', 'r6'].map((id) => ({ kind: 'relation' as const, id }));
    let store: GraphStore;

    beforeEach(async () => {
      store = await graph.open(database.db, { archived: true });
      await forgetGraphs(database.db);
      await graph.clear(database.db);
      await store.loading.load?.([...twins('a'), ...twins('b')]);
    });
    afterEach(() => store.close());
    afterAll(async () => {
      await tools.computer.close();
      await tools.finder.close();
    });

    const run = (parameters: object, on = store) =>
      surveyed(database.db, on, tools, { ...terms(parameters), partition: null }, 'archive-facts');
    const due = async (sweep: GraphSweep | Promise<GraphSweep>) =>
      (await sweep).rows.map(({ partition, rows, due }) => `${partition} ${rows} ${due}`);
    const whole = async (group: string) => {
      const images = await wayOf(store.items, 'relation').fetch(group, items);
      return images.map(({ id, content }) => `${id} ${content}`).sort();
    };
    /** Ids of the facts that a retrieval without archived facts finds. */
    const found = async (group: string) => {
      const ids: string[] = [];
      for await (const page of store.facts?.dated(group) ?? []) ids.push(...page.map(({ id }) => id));
      return ids.join(' ');
    };

    it('marks facts with the time of the run, leaves them where they are, and takes the marks off again, on hold', async () => {
      const before = [await whole('a'), await whole('b')];
      const first = await run({ ttl_days: 57, ttl_days_by_name: 'lives=off' });
      expect(await due(first)).toEqual(['a 6 4', 'b 6 4']);
      await store.loading.load?.(
        twins('a').map((line) => ('id' in line && line.id === 'r4' ? { ...line, summary: 'rewritten' } : line)),
      );
      await first.apart(2);
      expect(await first.totals()).toEqual({ archived_facts: 7, no_longer_due: 1 });
      expect([await found('a'), await found('b')]).toEqual(['r2 r4 r6', 'r2 r6']);
      const marked = (await whole('b')).filter((fact) => /"archived_at":(?! ?null)/.test(fact));
      expect(marked.map((fact) => fact.slice(0, 2))).toEqual(['r1', 'r3', 'r4', 'r5']);
      const kept = await sql<{ content: object }>`select content from coppice.ledger_graph`.execute(database.db);
      expect(kept.rows).toHaveLength(7);
      expect(JSON.stringify(kept.rows)).not.toContain('embedding');
      expect(await first.undo()).toEqual({ restored_edges: 7, refused: 0 });
      expect(await whole('b')).toEqual(before[1]);
      expect((await whole('a')).filter((fact) => !fact.startsWith('r4'))).toEqual(
        before[0]?.filter((fact) => !fact.startsWith('r4')),
      );
      expect(await due(run({ ttl_days: 57, ttl_days_by_name: 'lives=off' }))).toEqual(['a 6 1']);
    });

    it('compares an archived fact with no other one, and leaves a mark that is not the run’s own at an undo', async () => {
      const compared = async () => {
        const ids: string[] = [];
        for await (const page of store.merging?.comparedFacts('a') ?? []) ids.push(...page.map(({ id }) => id));
        return ids.sort().join(' ');
      };
      const first = await run({ ttl_days: 57 });
      const survey = await compared();
      expect(survey).toContain('r1');
      await first.apart(50);
      expect(await compared()).toBe('r2');
      await sql`update coppice.ledger_graph set content = jsonb_set(content, '{after,archived_at}', '"other"')
        where item_id = 'r1'`.execute(database.db);
      expect(await first.undo()).toEqual({ restored_edges: 8, refused: 2 });
      expect(await found('a')).toBe('r2 r3 r4 r5 r6');
      // What is archived is not due again, and the others are on hold.
      expect(await due(run({ ttl_days: 57 }))).toEqual([]);
    });

    it.skipIf(graph.store === 'PostgreSQL')('finishes what a lost worker had marked, and counts it once', async () => {
      const archive = store.facts?.archive;
      if (store.facts === null || archive?.at !== 'outside') throw new Error('intents are of other stores');
      let isLost = false;
      const lost: GraphStore = {
        ...store,
        facts: {
          ...store.facts,
          archive: {
            ...archive,
            write: async (...call) => {
              const written = await archive.write(...call);
              if (isLost) return written;
              isLost = true;
              throw new Error('lost');
            },
          },
        },
      };
      const sweep = await run({ ttl_days: 57 }, lost);
      await expect(sweep.apart(4)).rejects.toThrow('lost');
      expect(await found('a')).toBe('r2 r6');
      await sweep.apart(4);
      expect(await sweep.totals()).toEqual({ archived_facts: 10 });
      expect(await sweep.undo()).toEqual({ restored_edges: 10, refused: 0 });
    });

    it('refuses an undo by name where the property is no longer mapped', async () => {
      const sweep = await run({ ttl_days: 57 });
      await sweep.apart(50);
      const facts = store.facts === null ? null : { ...store.facts, archive: null };
      const without = await run({}, { ...store, facts });
      expect(without.rows).toEqual([]);
      const ledger = { runNo: await lastRun(), partNo: 1 };
      const work = {
        ...({} as RestoreWork),
        db: database.db,
        partition: 'a',
        ledger,
        undo: { runNo: -1, runId: 'undo' },
      };
      await expect(takeMarksOff({ ...store, facts }, work, 10)).rejects.toThrow(/relations\.archived_at/);
    });

    async function lastRun(): Promise<number> {
      const { rows } = await sql<{ no: string }>`select max(run_no) as no from coppice.ledger_graph`.execute(
        database.db,
      );
      return Number(rows[0]?.no);
    }
  });
});
