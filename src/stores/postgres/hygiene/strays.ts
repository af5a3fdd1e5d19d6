import { sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import type { Tx } from '../../../database/schema.ts';
import type { ChildTable, ChunkTable, CollectionMapping, TableName } from '../../../domain/mapping.ts';
import { idColumns } from '../../../domain/row-id.ts';
import { textOf } from '../fields.ts';
import { inCollection } from '../scope.ts';

/** Rows of one table that refer to a row of another which does not exist. */
export interface Strays {
  readonly table: TableName;
  readonly count: number;
}

/** Chunks without a row, and rows without a chunk. */
export async function strayChunks(
  tx: Tx,
  mapping: CollectionMapping,
  chunks: ChunkTable,
): Promise<{ readonly withoutRow: number; readonly withoutChunk: number }> {
  const [id = ''] = idColumns(mapping);
  const joined = sql`${columnRef('c', chunks.document)}::text = ${columnRef('d', id)}::text`;
  const { rows } = await sql<{ without_row: number; without_chunk: number }>`
    select (select count(*) from ${tableRef(chunks.table)} c
        where not exists (select from ${tableRef(mapping.table)} d where ${joined}))::int8 as without_row,
      (select count(*) from ${tableRef(mapping.table)} d where ${inCollection('d', mapping)}
        and not exists (select from ${tableRef(chunks.table)} c where ${joined}))::int8 as without_chunk`.execute(tx);
  const { without_row: withoutRow = 0, without_chunk: withoutChunk = 0 } = rows[0] ?? {};
  return { withoutRow, withoutChunk };
}

/** Rows of child tables, several levels deep, whose parent does not exist. */
export async function orphanedChildren(
  tx: Tx,
  parent: TableName,
  children: readonly ChildTable[],
): Promise<readonly Strays[]> {
  const found: Strays[] = [];
  for (const child of children) {
    const at = child.parent.map(({ field, column }) => sql`${textOf('c', field)} = ${columnRef('d', column)}::text`);
    const { rows } = await sql<{ count: number }>`
      select count(*)::int8 as count from ${tableRef(child.table)} c
      where not exists (select from ${tableRef(parent)} d where ${sql.join(at, sql` and `)})`.execute(tx);
    found.push({ table: child.table, count: rows[0]?.count ?? 0 });
    found.push(...(await orphanedChildren(tx, child.table, child.children)));
  }
  return found;
}
