import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Db } from '../../../src/database/schema.ts';
import type { PostgresGraph } from '../../../src/domain/graph-mapping.ts';
import type { TableName } from '../../../src/domain/mapping.ts';
import { partitionKey } from '../../../src/state/locks/key.ts';
import type { GraphStore } from '../../../src/stores/ports/graph-store.ts';
import type { GraphPlace } from './place.ts';

export function tablesPlace(db: Db, store: GraphStore, place: PostgresGraph): GraphPlace {
  const results = (name: string) => ({ schema: 'knowledge', name: `${store.mapping.name}_${name}` });
  const parts = [place.documents, place.entities, place.mentions, place.relations, place.vectors];
  const entities = sql.id(place.entities.table.schema, place.entities.table.name);
  const tables = parts.flatMap((one) => (one === null ? [] : [one.table]));
  return {
    store,
    dangling: true,
    load: async (lines) => store.loading.load?.(lines),
    fence: partitionFence(db, store.mapping.name),
    checksum: (group) => checksumOfRows(db, [...tables, results('results')], group),
    setRank: async (group, entity, rank) => {
      await sql`alter table ${entities} add column if not exists rank bigint`.execute(db);
      await sql`update ${entities} set rank = ${rank}::bigint where group_id = ${group} and id = ${entity}`.execute(db);
    },
    rankOf: async (group, entity) => {
      const { rows } = await sql<{ rank: string }>`select rank::text as rank from ${entities}
        where group_id = ${group} and id = ${entity}`.execute(db);
      return String(rows[0]?.rank);
    },
    clear: async () => {
      for (const { schema, name } of [...tables, results('results'), results('versions')]) {
        await sql`delete from ${sql.id(schema, name)}`.execute(db);
      }
    },
  };
}

/** The lock of the group's partition, taken anew with every call. */
export function partitionFence(db: Db, graph: string): GraphPlace['fence'] {
  let epoch = 0;
  return async (group) => {
    epoch += 1;
    const key = partitionKey(graph, group);
    await sql`insert into coppice.partition_locks (key, collection, partition, epoch, run_id)
      values (${key}, ${graph}, ${group}, ${epoch}, 'run') on conflict (key) do update set epoch = ${epoch}`.execute(
      db,
    );
    return { group, epoch };
  };
}

export async function checksumOfRows(db: Db, tables: readonly TableName[], group: string): Promise<string> {
  const hash = createHash('sha256');
  for (const { schema, name } of tables) {
    const { rows } = await sql<{ row: string }>`select t::text as row from ${sql.id(schema, name)} t
      where group_id = ${group} order by 1`.execute(db);
    hash.update(JSON.stringify([name, rows]));
  }
  return hash.digest('hex');
}
