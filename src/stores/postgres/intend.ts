import { sql } from 'kysely';
import type { Tx } from '../../state/schema.ts';
import type { Batch } from '../ports/document-store.ts';
import { columnRef, tableRef } from './fields.ts';
import { isStillOurs } from './remove-carefully.ts';
import { idArray, type LiveTable, rowLedger, stamp } from './table.ts';

/** Locks the rows that are still due, of those given, and writes their image with what tells whether they change. */
export async function intend(tx: Tx, table: LiveTable, batch: Batch, ids: readonly string[]): Promise<string[]> {
  const { mapping } = table;
  const { rows } = await sql<{ id: string }>`
    with locked as materialized (
      select d.*, ${stamp(batch.runNo, sql.lit(batch.partNo), { xmin: sql`d.xmin::text` })}
      from ${tableRef(mapping.table)} d
      where ${columnRef('d', mapping.id)} = any(${idArray(table, ids)}) and ${isStillOurs(table, batch)}
      for update of d
    )
    insert into ${rowLedger(table)} as l select * from locked returning ${columnRef('l', mapping.id)}::text as id`.execute(
    tx,
  );
  return rows.map((row) => row.id);
}
