import { sql } from 'kysely';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { takeMarksOff } from '../../src/activities/graph/mark-archived.ts';
import type { GraphTools } from '../../src/activities/graph/tools.ts';
import type { RestoreWork } from '../../src/activities/sweep/sweepable.ts';
import { createGraphComputer } from '../../src/compute/graph-computer.ts';
import { loadConfig } from '../../src/config/load.ts';
import { deleteEntries, graphItemsOf } from '../../src/state/forget/ledger.ts';
import { agedRuns, ledgerParts } from '../../src/state/upkeep/ledger.ts';
import { wayOf } from '../../src/stores/ports/graph-items.ts';
import type { GraphStore } from '../../src/stores/ports/graph-store.ts';
import { createPostgresGraph } from '../../src/stores/postgres/graph/store.ts';
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

describeOnDatabases('archive-facts into a table of the application', (database) => {
  const tools: GraphTools = graphTools(createGraphComputer({ threads: 1 }));
  const items = ['r1', 'r2', 'r3', 'r4', 'r5', 'r6'].map((id) => ({ kind: 'relation' as const, id }));
  let store: GraphStore;

  beforeEach(async () => {
    const { db } = database;
    const plain = await tablesGraph(db, 'moved');
    const { merging, place, ...own } = plain.mapping;
    if (merging === undefined || place.in !== 'postgres') throw new Error('the graph is in tables');
    const archiveTable = { schema: 'knowledge', name: 'moved_archive' };
    const relations = { ...merging.relations, archiveTable };
    store = createPostgresGraph(db, { ...own, place, merging: { ...merging, relations } });
    await forgetGraphs(db);
    for (const part of ['documents', 'entities', 'mentions', 'relations', 'vectors']) {
      await sql`delete from knowledge.${sql.ref(`moved_${part}`)}`.execute(db);
    }
    await sql`drop table if exists knowledge.moved_archive`.execute(db);
    await sql`create table knowledge.moved_archive (like knowledge.moved_relations including all,
      moved_at timestamptz default now(), note text)`.execute(db);
    await store.loading.load?.([...twins('a'), ...twins('b')]);
  });
  afterAll(async () => {
    await tools.computer.close();
    await tools.finder.close();
  });

  const run = (parameters: object, on = store) =>
    surveyed(database.db, on, tools, { ...terms(parameters), partition: null }, 'archive-facts');
  const ids = async (table: string) => {
    const { rows } = await sql<{
      ids: string | null;
    }>`select string_agg(group_id || '.' || id, ' ' order by group_id, id) as ids
      from knowledge.${sql.ref(table)}`.execute(database.db);
    return rows[0]?.ids ?? '';
  };
  const whole = async () => {
    const images = [
      ...(await wayOf(store.items, 'relation').fetch('a', items)),
      ...(await wayOf(store.items, 'relation').fetch('b', items)),
    ];
    return images.map(({ content }) => content).sort();
  };

  it('moves facts by the names of columns, keeps no copy of them, and moves them back as they were, on hold', async () => {
    const before = await whole();
    const first = await run({ ttl_days: 57, ttl_days_by_name: 'lives=off' });
    expect(first.rows.map(({ partition, rows, due }) => `${partition} ${rows} ${due}`)).toEqual(['a 6 4', 'b 6 4']);
    await first.apart(3);
    expect(await first.totals()).toEqual({ archived_facts: 8 });
    expect(await ids('moved_relations')).toBe('a.r2 a.r6 b.r2 b.r6');
    expect(await ids('moved_archive')).toBe('a.r1 a.r3 a.r4 a.r5 b.r1 b.r3 b.r4 b.r5');
    const kept = await sql<{ content: { after: object } }>`select content from coppice.ledger_graph`.execute(
      database.db,
    );
    expect(Object.keys(kept.rows[0]?.content.after ?? {}).sort()).toEqual(['digest', 'table']);
    expect(await first.undo()).toEqual({ restored_edges: 8, refused: 0 });
    expect(await whole()).toEqual(before);
    expect(await ids('moved_archive')).toBe('');
    expect((await run({ ttl_days: 57, ttl_days_by_name: 'lives=off' })).rows).toEqual([]);
  });

  it('counts the rows of a group anew where more is due than it had rows before the search', async () => {
    const { tallies } = store.census;
    const early: GraphStore = {
      ...store,
      census: {
        ...store.census,
        tallies: async function* (signal) {
          for await (const page of tallies(signal)) yield page.map((tally) => ({ ...tally, relations: 1 }));
        },
      },
    };
    const sweep = await run({ ttl_days: 57 }, early);
    expect(sweep.rows.map(({ rows, due }) => [rows, due])).toEqual([
      [6, 5],
      [6, 5],
    ]);
  });

  it('forgets the record of a moved fact, and leaves the row in the table of the application', async () => {
    await (await run({ ttl_days: 57 })).apart(50);
    const theirs = graphItemsOf(['r1'], 'moved');
    expect(await database.db.transaction().execute((tx) => deleteEntries(tx, theirs, 100))).toBe(2);
    const { rows } = await sql<{
      id: string;
    }>`select item_id as id from coppice.ledger_graph where item_id = 'r1'`.execute(database.db);
    expect(rows).toEqual([]);
    expect(await ids('moved_archive')).toContain('a.r1');
  });

  it('leaves a fact that was written after the survey, and one whose key the table holds already', async () => {
    await sql`insert into knowledge.moved_archive select *, now(), null from knowledge.moved_relations
      where group_id = 'b' and id = 'r1'`.execute(database.db);
    const sweep = await run({ ttl_days: 57 });
    expect(sweep.rows.map(({ partition, due }) => `${partition} ${due}`)).toEqual(['a 5', 'b 4']);
    await sql`update knowledge.moved_relations set summary = 'rewritten' where group_id = 'a' and id = 'r4'`.execute(
      database.db,
    );
    await sql`insert into knowledge.moved_archive select *, now(), null from knowledge.moved_relations
      where group_id = 'b' and id = 'r3'`.execute(database.db);
    await sweep.apart(50);
    expect(await sweep.totals()).toEqual({ archived_facts: 7, no_longer_due: 2 });
    expect(await ids('moved_relations')).toBe('a.r2 a.r4 b.r1 b.r2 b.r3');
  });

  it('refuses at an undo a fact that the application changed, deleted or wrote again, and restores the others', async () => {
    const sweep = await run({ ttl_days: 57 });
    await sweep.apart(50);
    const { db } = database;
    await sql`update knowledge.moved_archive set note = 'seen' where group_id = 'a' and id = 'r1'`.execute(db);
    await sql`delete from knowledge.moved_archive where group_id = 'a' and id = 'r3'`.execute(db);
    const columns = await sql<{ names: string }>`select string_agg(quote_ident(attname), ', ' order by attnum) as names
      from pg_attribute where attrelid = 'knowledge.moved_relations'::regclass and attnum > 0 and not attisdropped`.execute(
      db,
    );
    const names = sql.raw(columns.rows[0]?.names ?? '');
    await sql`insert into knowledge.moved_relations (${names}) select ${names} from knowledge.moved_archive
      where group_id = 'a' and id = 'r4'`.execute(db);
    expect(await sweep.undo()).toEqual({ restored_edges: 7, refused: 3 });
    expect(await ids('moved_archive')).toBe('a.r1 a.r4');
  });

  it('moves the facts of a group in one transaction with their records', async () => {
    await sql`create or replace function knowledge.refuse_b() returns trigger language plpgsql as $$ begin
      if new.group_id = 'b' then raise exception 'no'; end if; return new; end $$`.execute(database.db);
    await sql`create trigger refuse_b before insert on knowledge.moved_archive for each row
      execute function knowledge.refuse_b()`.execute(database.db);
    const sweep = await run({ ttl_days: 57 });
    await expect(sweep.apart(50)).rejects.toThrow('no');
    expect(await ids('moved_archive')).toBe('a.r1 a.r3 a.r4 a.r5 a.r6');
    const { rows } = await sql<{ count: number }>`select count(*)::int as count from coppice.ledger_graph`.execute(
      database.db,
    );
    expect(rows).toEqual([{ count: 5 }]);
  });

  it('refuses an undo where the table is no longer mapped, by its name', async () => {
    const sweep = await run({ ttl_days: 57 });
    await sweep.apart(50);
    const ledger = await sql<{ no: string }>`select max(run_no) as no from coppice.ledger_graph`.execute(database.db);
    const work = {
      ...({} as RestoreWork),
      ...{ db: database.db, partition: 'a', undo: { runNo: -1, runId: 'undo' } },
      ledger: { runNo: Number(ledger.rows[0]?.no), partNo: 1 },
    };
    const facts = store.facts === null ? null : { ...store.facts, archive: null };
    await expect(takeMarksOff({ ...store, facts }, work, 10)).rejects.toThrow(
      'set graphs.moved.relations.archive_table to it',
    );
  });
});
