import { type RawBuilder, sql } from 'kysely';
import { ledgerRef } from '../../state/ledger.ts';
import type { Db, Tx } from '../../state/schema.ts';
import type { LedgerAddress, Restore, Restored } from '../ports/document-store.ts';
import { holdDates } from './due.ts';
import { columnRef, tableRef } from './fields.ts';
import { idArray, type LiveTable, rowLedger } from './table.ts';

/** What this run removed from this partition, and has not been put back. */
function removedAt(at: LedgerAddress): RawBuilder<boolean> {
  return sql`l.coppice_run = ${at.runNo} and l.coppice_part = ${at.partNo} and l.coppice_state is null`;
}

export async function nextRestores(
  db: Db,
  table: LiveTable,
  at: LedgerAddress,
  undoRunNo: number,
  limit: number,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select ${columnRef('l', table.mapping.id)}::text as id from ${rowLedger(table)} l
    where ${removedAt(at)} and l.coppice_refused is distinct from ${undoRunNo} limit ${limit}`.execute(db);
  return rows.map((row) => row.id);
}

/** Marks as refused what exists again, row or chunk, and returns the rest. */
export async function restorable(
  tx: Tx,
  table: LiveTable,
  at: LedgerAddress,
  undoRunNo: number,
  ids: readonly string[],
): Promise<string[]> {
  const { mapping, chunks } = table;
  const id = columnRef('l', mapping.id);
  const rowExists = sql`exists (select from ${tableRef(mapping.table)} d where ${columnRef('d', mapping.id)} = ${id})`;
  const chunkExists =
    chunks === null
      ? sql`false`
      : sql`exists (select from ${tableRef(chunks.place.table)} c where ${columnRef('c', chunks.place.document)} = ${id})`;
  const { rows } = await sql<{ id: string; superseded: boolean }>`
    select ${id}::text as id, ${rowExists} or ${chunkExists} as superseded from ${rowLedger(table)} l
    where ${removedAt(at)} and ${id} = any(${idArray(table, ids)}) for update of l`.execute(tx);
  await refuse(
    tx,
    table,
    at,
    undoRunNo,
    rows.filter((row) => row.superseded).map((row) => row.id),
  );
  return rows.filter((row) => !row.superseded).map((row) => row.id);
}

/** Marked so, an id is not tried again by this undo; another undo tries it again. */
export async function refuse(
  tx: Tx,
  table: LiveTable,
  at: LedgerAddress,
  undoRunNo: number,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return;
  await sql`update ${rowLedger(table)} l set coppice_refused = ${undoRunNo}
    where ${removedAt(at)} and ${columnRef('l', table.mapping.id)} = any(${idArray(table, ids)})`.execute(tx);
}

/**
 * Puts rows and their chunks back and takes them out of the ledger, on hold until their dates change. A row that turned
 * up since `restorable` looked is left as it is and comes back as refused.
 */
export async function restore(tx: Tx, table: LiveTable, request: Restore): Promise<Restored> {
  const { mapping } = table;
  const columns = table.writable.map((column) => sql.id(column));
  const { rows } = await sql<{ id: string }>`
    insert into ${tableRef(mapping.table)} as d (${sql.join(columns)}) overriding system value
    select ${sql.join(table.writable.map((column) => columnRef('l', column)))} from ${rowLedger(table)} l
    where ${removedAt(request)} and ${columnRef('l', mapping.id)} = any(${idArray(table, request.ids)})
    on conflict do nothing returning ${columnRef('d', mapping.id)}::text as id`.execute(tx);
  const restored = rows.map((row) => row.id);
  const refused = request.ids.filter((id) => !restored.includes(id));
  const vectors = await restoreChunks(tx, table, request, restored);
  await sql`insert into coppice.holds (collection, row_id, partition, dates, run_id)
    select ${mapping.name}, ${columnRef('d', mapping.id)}::text, ${request.partition}, ${holdDates('d', mapping)}, ${request.undoRunId}
    from ${tableRef(mapping.table)} d where ${columnRef('d', mapping.id)} = any(${idArray(table, restored)})
    on conflict (collection, row_id) do update
      set dates = excluded.dates, run_id = excluded.run_id, created_at = now()`.execute(tx);
  await sql`delete from ${rowLedger(table)} l
    where ${removedAt(request)} and ${columnRef('l', mapping.id)} = any(${idArray(table, restored)})`.execute(tx);
  await refuse(tx, table, request, request.undoRunNo, refused);
  return { restored, refused, vectors };
}

async function restoreChunks(tx: Tx, table: LiveTable, request: Restore, ids: readonly string[]): Promise<number> {
  const { chunks, mapping } = table;
  if (chunks === null) return mapping.vectors.in === 'row' ? ids.length : 0;
  const ofThese = sql`${removedAt(request)} and ${columnRef('l', chunks.place.document)} = any(${idArray(table, ids)})`;
  const { rows } = await sql<{ count: number }>`
    with back as (
      insert into ${tableRef(chunks.place.table)} as c (${sql.join(chunks.writable.map((column) => sql.id(column)))})
        overriding system value
      select ${sql.join(chunks.writable.map((column) => columnRef('l', column)))} from ${ledgerRef(chunks.source)} l
      where ${ofThese} returning ${columnRef('c', chunks.place.vector)} as vector
    )
    select count(vector)::int8 as count from back`.execute(tx);
  await sql`delete from ${ledgerRef(chunks.source)} l where ${ofThese}`.execute(tx);
  return rows[0]?.count ?? 0;
}
