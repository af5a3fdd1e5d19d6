import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import { defaultPostgresGraph } from '../../../src/config/graph-defaults.ts';
import { boundedTransaction } from '../../../src/database/transaction.ts';
import { createPostgresGraph } from '../../../src/stores/postgres/graph/store.ts';
import { describeOnDatabases } from '../../support/stores.ts';
import { graphStoreContract } from './graph-store.contract.ts';
import type { GraphPlace } from './place.ts';
import { tablesPlace } from './tables-place.ts';

const place = defaultPostgresGraph('graph');

describeOnDatabases('graph store', (database) => {
  const mapping = { name: 'graph', mapped: false, emptyGroup: null, accept: [], place };
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
  });
});
