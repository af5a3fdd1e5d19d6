import { sql } from 'kysely';
import { quoted } from '../../../database/identifiers.ts';
import type { Db } from '../../../database/schema.ts';
import type { TableName } from '../../../domain/mapping.ts';
import type { UpdateCost } from '../../../domain/update-cost.ts';

interface IndexRow {
  readonly name: string;
  readonly contains: boolean;
  readonly vector: boolean;
}

/** Reads the catalogue only. A BRIN index summarizes pages, and so does not count. Of a partitioned table its parts count. */
export async function updateCost(db: Db, table: TableName, column: string): Promise<UpdateCost> {
  const { rows } = await sql<IndexRow>`
    with part as (
      select to_regclass(${quoted(table)})::oid as oid union select relid from pg_partition_tree(to_regclass(${quoted(table)}))
    )
    select x.relname as name, m.amname in ('hnsw', 'ivfflat') as vector, m.amname <> 'brin' and (a.attnum = any(i.indkey)
      or exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = i.indexrelid
        and d.refclassid = 'pg_class'::regclass and d.refobjid = i.indrelid and d.refobjsubid = a.attnum)) as contains
    from part join pg_index i on i.indrelid = part.oid join pg_class x on x.oid = i.indexrelid join pg_am m on m.oid = x.relam
      join pg_attribute a on a.attrelid = i.indrelid and a.attname = ${column}
    order by 1`.execute(db);
  const names = (of: (row: IndexRow) => boolean) => [...new Set(rows.filter(of).map(({ name }) => name))];
  const indexes = names(({ contains }) => contains);
  return {
    column: `${table.schema}.${table.name}.${column}`,
    hot: indexes.length === 0,
    indexes,
    vectorIndexes: names(({ vector }) => vector),
  };
}
