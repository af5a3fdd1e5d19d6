import { sql } from 'kysely';
import { tableRef } from '../../../database/identifiers.ts';
import { idText, isOneOf } from '../../../database/row-ids.ts';
import type { Tx } from '../../../database/schema.ts';
import type { LedgerAddress } from '../../../domain/ledger-address.ts';
import type { LiveTable } from '../table.ts';

/** Deletes what a run added and nobody has changed since. What was changed stays, and another undo tries it again. */
export async function undoAdded(
  tx: Tx,
  table: LiveTable,
  { runNo, partNo }: LedgerAddress,
  undoRunNo: number,
): Promise<{ readonly deleted: number; readonly refused: readonly string[] }> {
  const { mapping } = table;
  const added = await sql<{ id: string; digest: string }>`
    select row_id as id, digest from coppice.added_rows
    where run_no = ${runNo} and part_no = ${partNo} and collection = ${mapping.name}
      and refused is distinct from ${undoRunNo} order by row_id for update`.execute(tx);
  if (added.rows.length === 0) return { deleted: 0, refused: [] };
  const ids = added.rows.map(({ id }) => id);
  const { rows } = await sql<{ id: string }>`
    delete from ${tableRef(mapping.table)} d
    using (select * from unnest(${ids}::text[], ${added.rows.map(({ digest }) => digest)}::text[]) as a (id, digest)) a
    where ${isOneOf('d', table, ids)} and ${idText('d', mapping)} = a.id and md5(d::text) = a.digest
    returning a.id`.execute(tx);
  const deleted = new Set(rows.map(({ id }) => id));
  const refused = ids.filter((id) => !deleted.has(id));
  await sql`delete from coppice.added_rows where run_no = ${runNo} and part_no = ${partNo}
    and collection = ${mapping.name} and row_id = any(${[...deleted]}::text[])`.execute(tx);
  await sql`update coppice.added_rows set refused = ${undoRunNo} where run_no = ${runNo} and part_no = ${partNo}
    and collection = ${mapping.name} and row_id = any(${refused}::text[])`.execute(tx);
  return { deleted: deleted.size, refused };
}
