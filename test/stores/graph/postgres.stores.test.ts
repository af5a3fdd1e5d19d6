import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import { ruleFor } from '../../../src/activities/graph/rule.ts';
import { defaultPostgresGraph } from '../../../src/config/graph-defaults.ts';
import { defaultMergeFields } from '../../../src/config/merge-fields.ts';
import { boundedTransaction } from '../../../src/database/transaction.ts';
import { collectors } from '../../../src/domain/collectors.ts';
import type { StaleItem } from '../../../src/domain/graph-item.ts';
import { byKind } from '../../../src/stores/ports/graph-items.ts';
import { removeItems } from '../../../src/stores/postgres/graph/remove.ts';
import { staleItems } from '../../../src/stores/postgres/graph/stale.ts';
import { createPostgresGraph } from '../../../src/stores/postgres/graph/store.ts';
import { describeOnDatabases } from '../../support/stores.ts';
import { cutoff } from './corpus.ts';
import { graphStoreContract } from './graph-store.contract.ts';
import { mergingContract } from './merging.contract.ts';
import type { GraphPlace } from './place.ts';
import { tablesPlace } from './tables-place.ts';

const place = defaultPostgresGraph('graph');

describeOnDatabases('graph store', (database) => {
  const mapping = { name: 'graph', mapped: false, emptyGroup: null, accept: [], place, merging: defaultMergeFields };
  let opened: GraphPlace;

  beforeAll(async () => {
    const store = createPostgresGraph(database.db, mapping);
    await store.ensure();
    opened = tablesPlace(database.db, store, place);
  });

  graphStoreContract(
    () => opened,
    (work) => boundedTransaction(database.db, work),
  );

  mergingContract(
    () => opened,
    (work) => boundedTransaction(database.db, work),
  );

  describe('tables', () => {
    it('the default schema fits its own mapping, and a missing column is named', async () => {
      expect((await opened.store.inspect()).problems).toEqual([]);
      const wrong = createPostgresGraph(database.db, {
        ...mapping,
        place: { ...place, entities: { ...place.entities, id: 'uuid' } },
      });
      expect((await wrong.inspect()).problems).toEqual(['column knowledge.graph_entities.uuid does not exist']);
    });

    it('rows without a group are counted and never touched', async () => {
      await sql`insert into knowledge.graph_entities (group_id, id, created_at) values (null, 'x', '2020-01-01'), ('', 'y', '2020-01-01')`.execute(
        database.db,
      );
      expect(await opened.store.census.unscoped()).toBe(2);
      const seen = [];
      for await (const page of opened.store.census.tallies()) seen.push(...page);
      expect(seen).toEqual([]);
    });

    it('a question about some groups reads few rows of all others, however many those are', async () => {
      const { db } = database;
      const old = sql`'2026-01-01'::timestamptz`;
      const members = sql`generate_series(1, 2000) g, generate_series(1, 10) e`;
      await sql`insert into knowledge.graph_documents (group_id, id, created_at, deprecated_at)
        select 'g' || g, 'd', ${old}, ${old} from generate_series(1, 2000) g`.execute(db);
      await sql`insert into knowledge.graph_entities (group_id, id, created_at)
        select 'g' || g, 'e' || e, ${old} from ${members}`.execute(db);
      await sql`insert into knowledge.graph_relations (group_id, id, source, target, document_id, created_at)
        select 'g' || g, 'r' || e, 'e' || e, 'e1', 'd', ${old} from ${members}`.execute(db);
      await sql`analyze knowledge.graph_documents, knowledge.graph_entities, knowledge.graph_relations`.execute(db);
      const groups = Array.from({ length: 20 }, (_, at) => `g${at + 1}`);
      const rule = { cutoff, graceDays: 1, collectors };
      await boundedTransaction(db, async (tx) => {
        const due: StaleItem[] = [];
        for await (const page of staleItems(tx, mapping, groups, rule)) due.push(...page.filter((one) => one.due));
        expect(due).toHaveLength(400);
        for (const [kind, some] of byKind(due)) {
          const items = some.map((item) => ({ ...item, stored: item.group }));
          await removeItems(tx, mapping, ruleFor(rule, kind), items);
        }
        const { rows } = await sql<{ name: string; read: number }>`
          select relname as name, (seq_tup_read + coalesce(idx_tup_fetch, 0))::int as read from pg_stat_xact_user_tables
          where schemaname = 'knowledge' and relname in ('graph_entities', 'graph_relations') order by 1`.execute(tx);
        expect(rows.map(({ name }) => name)).toEqual(['graph_entities', 'graph_relations']);
        // Of 200 rows of these groups and 20,000 of all.
        for (const { read } of rows) expect(read).toBeLessThan(10_000);
      });
    });
  });
});
