import { sql } from 'kysely';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { GraphTools } from '../../src/activities/graph/tools.ts';
import { createGraphComputer } from '../../src/compute/graph-computer.ts';
import { deduplicateFacts } from '../../src/jobs/deduplicate-facts.ts';
import type { GraphStore } from '../../src/stores/ports/graph-store.ts';
import { cutoff } from '../stores/graph/corpus.ts';
import { twins } from '../stores/graph/merging.contract.ts';
import { checksumOfRows } from '../stores/graph/tables-place.ts';
import { graphTools, surveyed, tablesGraph } from '../support/graph-sweep.ts';
import { describeOnDatabases } from '../support/stores.ts';

const parameters = Object.fromEntries(
  Object.entries(deduplicateFacts.parameters).map(([name, { default: value }]) => [name, value]),
);
const at = (day: number) => `2026-01-0${day}T00:00:00.000Z`;
const terms = { cutoff, parameters, respectHolds: true };

/** Equal names and nothing that contradicts: certain without a model. */
const same = (group: string) =>
  twins(group).map((line) =>
    line.type === 'entity' && line.id === 'ada-2'
      ? { ...line, name: 'Ada LOVELACE', summary: 'a Mathematician' }
      : line,
  );

describeOnDatabases('deduplicate-facts', (database) => {
  const computer = createGraphComputer({ threads: 1 });
  const tools: GraphTools = graphTools(computer);
  let store: GraphStore;

  beforeEach(async () => {
    const { db } = database;
    store = await tablesGraph(db, 'facts');
    for (const table of ['graph_groups', 'ledger_graph', 'run_partitions', 'partition_locks', 'merges']) {
      await sql`delete from coppice.${sql.ref(table)}`.execute(db);
    }
    for (const part of ['documents', 'entities', 'mentions', 'relations', 'vectors']) {
      await sql`delete from knowledge.${sql.ref(`facts_${part}`)}`.execute(db);
    }
    await store.loading.load?.([...same('a'), ...same('b')]);
  });
  afterAll(async () => {
    await computer.close();
    await tools.finder.close();
  });

  const checksum = (group: string) => {
    const tables = ['documents', 'entities', 'mentions', 'relations', 'vectors'];
    return checksumOfRows(
      database.db,
      tables.map((part) => ({ schema: 'knowledge', name: `facts_${part}` })),
      group,
    );
  };
  const states = async () => {
    const { rows } = await sql<{ row: string }>`select concat_ws(' ', group_id, survivor, loser, state, reason) as row
      from coppice.merges order by 1`.execute(database.db);
    return rows.map(({ row }) => row);
  };

  describe('a run', () => {
    it('merges what is the same, a second run changes nothing, and an undo restores all of it and remembers', async () => {
      const before = await checksum('a');
      const first = await surveyed(database.db, store, tools, terms, 'deduplicate-facts');
      expect(first.rows.map(({ partition, rows, due }) => [partition, rows, due])).toEqual([
        ['a', 10, 1],
        ['b', 10, 1],
      ]);
      await first.apart(50);
      expect(await first.totals()).toEqual({ merged_entities: 2, moved_edges: 0, joined_edges: 6 });
      expect(await states()).toEqual(['a ada-2 ada merged', 'b ada-2 ada merged']);
      const merged = await checksum('a');
      expect(merged).not.toBe(before);
      const second = await surveyed(database.db, store, tools, terms, 'deduplicate-facts');
      expect(second.rows).toEqual([]);
      expect(await first.undo()).toEqual({ unmerged_entities: 2 });
      expect(await checksum('a')).toBe(before);
      expect(await states()).toEqual(['a ada-2 ada never undone', 'b ada-2 ada never undone']);
      const third = await surveyed(database.db, store, tools, terms, 'deduplicate-facts');
      expect(third.rows).toEqual([]);
    });

    it('leaves an entity with more edges than the limit to a person, also one that got them after the survey', async () => {
      // Both have six edges or fewer; the one with most stays.
      const before = await checksum('a');
      const limited = (max_edges: number) => ({ ...terms, parameters: { ...parameters, max_edges } });
      const small = await surveyed(database.db, store, tools, limited(2), 'deduplicate-facts');
      expect(small.rows).toEqual([]);
      const { rows } = await sql<{ row: string }>`select concat_ws(' ', group_id, state, guard) as row
        from coppice.merges order by 1`.execute(database.db);
      expect(rows.map(({ row }) => row)).toEqual(['a review too_large', 'b review too_large']);
      expect(await checksum('a')).toBe(before);
      const sweep = await surveyed(database.db, store, tools, limited(3), 'deduplicate-facts');
      const line = { group_id: 'a', type: 'relation' as const, created_at: at(1), name: 'visits', summary: 'since' };
      await store.loading.load?.([{ ...line, id: 'late', source: 'ada', target: 'london' }]);
      await sweep.apart(50);
      expect(await sweep.totals()).toMatchObject({ merged_entities: 1, related_pairs: 1 });
      expect(await states()).toEqual(['a ada-2 ada review too_large', 'b ada-2 ada merged']);
    });

    it('leaves a pair below an absolute floor to a person, whose answer counts, or alone', async () => {
      // Their cosine is 0.966.
      const decided = async (given: object) => {
        const limited = { ...terms, parameters: { ...parameters, ...given } };
        await surveyed(database.db, store, tools, limited, 'deduplicate-facts');
        const { rows } = await sql<{ row: string }>`select concat_ws(' ', group_id, state, guard) as row
          from coppice.merges order by 1`.execute(database.db);
        return rows.map(({ row }) => row);
      };
      expect(await decided({ merge_threshold: 0.96 })).toEqual(['a proposed', 'b proposed']);
      expect(await decided({ merge_threshold: 0.97, judge_threshold: 0.98 })).toEqual([]);
      const waiting = ['a review threshold', 'b review threshold'];
      expect(await decided({ merge_threshold: 0.97, judge_threshold: 0.8 })).toEqual(waiting);
      await sql`update coppice.merges set state = 'accepted' where group_id = 'b'`.execute(database.db);
      expect(await decided({ merge_threshold: 0.97, judge_threshold: 0.8 })).toEqual([waiting[0], 'b accepted']);
    });

    it('ends a batch that takes long with the merge at hand, and goes on in another transaction', async () => {
      const again = {
        group_id: 'a',
        type: 'entity' as const,
        id: 'babbage-2',
        entity_type: 'Person',
        created_at: at(5),
      };
      await store.loading.load?.([
        { ...again, name: 'charles babbage', summary: 'an Inventor', embedding: [1, 0.25, 1] },
      ]);
      const commits = async () => {
        const sweep = await surveyed(database.db, store, tools, terms, 'deduplicate-facts');
        await sweep.apart(50);
        expect(await sweep.totals()).toMatchObject({ merged_entities: 3 });
        const { rows } = await sql<{ commits: number }>`select count(distinct xmin::text)::int as commits
          from coppice.ledger_graph where kind = 'merge'`.execute(database.db);
        await sweep.undo();
        await sql`delete from coppice.merges`.execute(database.db);
        return rows[0]?.commits;
      };
      expect(await commits()).toBe(2);
      let now = 0;
      const clock = vi.spyOn(performance, 'now').mockImplementation(() => {
        now += 10_000;
        return now;
      });
      try {
        expect(await commits()).toBe(3);
      } finally {
        clock.mockRestore();
      }
    });

    it('merges facts that say the same between the same two, leaves others side by side, and takes them apart', async () => {
      const line = { group_id: 'a', type: 'relation' as const, source: 'babbage', target: 'london', created_at: at(1) };
      const fact = (id: string, summary: string, more: object = {}) => {
        return { ...line, id, name: 'visits', document: 'd1', summary, ...more };
      };
      await store.loading.load?.([
        ...[fact('f1', 'He came in 1810.'), fact('f2', 'he came in 1810', { created_at: at(3) })],
        ...[fact('f3', 'He came in 1811.'), fact('f4', 'He came in 1810.', { name: 'leaves' })],
        ...[fact('f5', 'He came in 1810.', { source: 'ada' }), fact('f6', 'Something else', {})],
      ]);
      const before = await checksum('a');
      const facts = { ...terms, parameters: { ...parameters, compare: 'facts' } };
      const sweep = await surveyed(database.db, store, tools, facts, 'deduplicate-facts');
      await sweep.apart(50);
      expect(await sweep.totals()).toEqual({ merged_facts: 1 });
      expect(await states()).toEqual(['a f1 f2 merged', 'a f1 f3 review']);
      expect((await surveyed(database.db, store, tools, facts, 'deduplicate-facts')).rows).toEqual([]);
      expect(await sweep.undo()).toEqual({ unmerged_facts: 1 });
      expect(await checksum('a')).toBe(before);
      expect((await surveyed(database.db, store, tools, facts, 'deduplicate-facts')).rows).toEqual([]);
    });
  });
});
