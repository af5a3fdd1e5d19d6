import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import { defaultPostgresGraph } from '../../../src/config/graph-defaults.ts';
import { partitionKey } from '../../../src/state/key.ts';
import { boundedTransaction } from '../../../src/state/transaction.ts';
import { createPostgresGraph } from '../../../src/stores/postgres/graph/store.ts';
import { describeOnDatabases } from '../../support/stores.ts';
import { graphStoreContract } from './graph-store.contract.ts';
import type { GraphPlace } from './place.ts';

const place = defaultPostgresGraph('graph');
const tables = [place.documents, place.entities, place.mentions, place.relations, place.vectors].flatMap((one) =>
  one === null ? [] : [one.table],
);

describeOnDatabases('graph store', (database) => {
  const mapping = { name: 'graph', mapped: false, emptyGroup: null, accept: [], place };
  let opened: GraphPlace;

  beforeAll(async () => {
    const store = createPostgresGraph(database.db, mapping);
    await store.ensure();
    let epoch = 0;
    opened = {
      store,
      dangling: true,
      load: async (lines) => store.load?.(lines),
      fence: async (group) => {
        epoch += 1;
        const key = partitionKey('graph', group);
        await sql`insert into coppice.partition_locks (key, collection, partition, epoch, run_id)
          values (${key}, 'graph', ${group}, ${epoch}, 'run') on conflict (key) do update set epoch = ${epoch}`.execute(
          database.db,
        );
        return { group, epoch };
      },
      checksum: async (group) => {
        const hash = createHash('sha256');
        for (const { schema, name } of [...tables, { schema: 'knowledge', name: 'graph_results' }]) {
          const { rows } = await sql<{ row: string }>`select t::text as row from ${sql.id(schema, name)} t
            where group_id = ${group} order by 1`.execute(database.db);
          hash.update(JSON.stringify([name, rows]));
        }
        return hash.digest('hex');
      },
      clear: async () => {
        const all = [...tables.map(({ name }) => name), 'graph_results', 'graph_versions'];
        for (const name of all) await sql`delete from ${sql.id('knowledge', name)}`.execute(database.db);
      },
    };
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
      expect(await opened.store.unscoped()).toBe(2);
      const seen = [];
      for await (const page of opened.store.tallies()) seen.push(...page);
      expect(seen).toEqual([]);
    });
  });
});
