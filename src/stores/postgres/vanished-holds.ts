import { sql } from 'kysely';
import { tableRef } from '../../database/identifiers.ts';
import { idText, isOneOf } from '../../database/row-ids.ts';
import type { Tx } from '../../database/schema.ts';
import type { LiveTable } from './table.ts';

/**
 * Lifts holds of rows that do not exist any more, a page of holds at a time, in the order of the rows' ids. `after` is
 * where the next page begins, `null` on the last. Holds are read before rows: an undo writes both at once.
 */
export async function liftVanished(
  tx: Tx,
  table: LiveTable,
  after: string | null,
  limit: number,
): Promise<{ lifted: number; after: string | null }> {
  const { mapping } = table;
  const page = await sql<{ id: string }>`
    select row_id as id from coppice.holds
    where collection = ${mapping.name} and (${after}::text is null or row_id > ${after}::text)
    order by row_id limit ${limit}`.execute(tx);
  const ids = page.rows.map((row) => row.id);
  if (ids.length === 0) return { lifted: 0, after: null };
  const { rows } = await sql<{ id: string }>`
    select ${idText('d', mapping)} as id from ${tableRef(mapping.table)} d where ${isOneOf('d', table, ids)}`.execute(
    tx,
  );
  const standing = new Set(rows.map((row) => row.id));
  const gone = ids.filter((one) => !standing.has(one));
  await sql`delete from coppice.holds where collection = ${mapping.name} and row_id = any(${gone}::text[])`.execute(tx);
  return { lifted: gone.length, after: ids.length < limit ? null : (ids.at(-1) ?? null) };
}
