import { type RawBuilder, sql } from 'kysely';
import type { Db, Tx } from '../../state/schema.ts';
import type { LedgerAddress, LedgerRow, Restore, Restored } from '../ports/document-store.ts';
import { StoreError } from '../ports/errors.ts';
import { datesOf, documentKey, holdDates, inCollection } from './due.ts';
import { columnRef, tableRef, textOf } from './fields.ts';
import {
  chunkLedger,
  documentId,
  documentIdArray,
  idArray,
  type LiveChunks,
  type LiveTable,
  rowLedger,
} from './table.ts';

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
): Promise<LedgerRow[]> {
  const document = documentKey('l', table.mapping);
  // A document of several rows comes back whole, or its first rows would stand in the way of the others.
  const first =
    table.mapping.document === null
      ? sql`limit ${limit}`
      : sql`order by 2 fetch first ${sql.lit(limit)} rows with ties`;
  const { rows } = await sql<LedgerRow>`
    select ${columnRef('l', table.mapping.id)}::text as id, ${document} as document from ${rowLedger(table)} l
    where ${removedAt(at)} and l.coppice_refused is distinct from ${undoRunNo} ${first}`.execute(db);
  if (rows.length > 0 && table.lost.length > 0) {
    throw new StoreError(
      'StoreRefusedError',
      `what was removed cannot be put back as it was: the tables of ${table.mapping.name} have no column ` +
        `${table.lost.join(', ')} any more. Add it again and undo once more`,
    );
  }
  return rows;
}

/** Marks as refused what exists again, row, document or chunk, and returns the rest. */
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
      : sql`exists (select from ${tableRef(chunks.place.table)} c
          where ${columnRef('c', chunks.place.document)} = ${documentId(chunks, id)})`;
  const { rows } = await sql<{ id: string; superseded: boolean }>`
    select ${id}::text as id, ${rowExists} or ${chunkExists} or ${documentExists(table)} as superseded from ${rowLedger(table)} l
    where ${removedAt(at)} and ${id} = any(${idArray(table, ids)}) for update of l`.execute(tx);
  const displaced = chunks === null ? new Set() : await displacedChunks(tx, table, chunks, at, ids);
  const superseded = new Set(rows.filter((row) => row.superseded || displaced.has(row.id)).map((row) => row.id));
  await refuse(tx, table, at, undoRunNo, [...superseded]);
  return rows.map((row) => row.id).filter((one) => !superseded.has(one));
}

/** Whether rows of the same document in the same partition stand, written anew under other ids. */
function documentExists(table: LiveTable) {
  const { mapping } = table;
  if (mapping.document === null) return sql`false`;
  return sql`exists (select from ${tableRef(mapping.table)} d where ${inCollection('d', mapping)}
    and ${documentKey('d', mapping)} = ${documentKey('l', mapping)}
    and ${textOf('d', mapping.workspace)} = ${textOf('l', mapping.workspace)})`;
}

/** Documents that had a chunk whose id stands under another document now. */
async function displacedChunks(
  tx: Tx,
  table: LiveTable,
  chunks: LiveChunks,
  at: LedgerAddress,
  ids: readonly string[],
): Promise<Set<string>> {
  if (!chunks.uniqueIds) return new Set();
  const { place } = chunks;
  const document = columnRef('l', place.document);
  const { rows } = await sql<{ id: string }>`
    select distinct ${document}::text as id from ${chunkLedger(chunks)} l
      join ${tableRef(place.table)} c on ${columnRef('c', place.id)} = ${columnRef('l', place.id)}
    where ${removedAt(at)} and ${document} = any(${documentIdArray(table, chunks, ids)})`.execute(tx);
  return new Set(rows.map((row) => row.id));
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
  const hasVector =
    mapping.vectors.in === 'row' ? sql`${columnRef('d', mapping.vectors.column)} is not null` : sql`false`;
  const { rows } = await sql<{ id: string; vector: boolean }>`
    insert into ${tableRef(mapping.table)} as d (${sql.join(columns)}) overriding system value
    select ${sql.join(table.writable.map((column) => columnRef('l', column)))} from ${rowLedger(table)} l
    where ${removedAt(request)} and ${columnRef('l', mapping.id)} = any(${idArray(table, request.ids)})
    on conflict do nothing returning ${columnRef('d', mapping.id)}::text as id, ${hasVector} as vector`.execute(tx);
  const restored = rows.map((row) => row.id);
  const refused = request.ids.filter((id) => !restored.includes(id));
  const vectors = rows.filter((row) => row.vector).length + (await restoreChunks(tx, table, request, restored));
  await sql`insert into coppice.holds (collection, row_id, partition, dates, run_id)
    select ${mapping.name}, ${columnRef('d', mapping.id)}::text, ${request.partition}, ${holdDates(datesOf('d', mapping), mapping)}, ${request.undoRunId}
    from ${tableRef(mapping.table)} d where ${columnRef('d', mapping.id)} = any(${idArray(table, restored)})
    on conflict (collection, row_id) do update
      set dates = excluded.dates, run_id = excluded.run_id, created_at = now()`.execute(tx);
  await sql`delete from ${rowLedger(table)} l
    where ${removedAt(request)} and ${columnRef('l', mapping.id)} = any(${idArray(table, restored)})`.execute(tx);
  await refuse(tx, table, request, request.undoRunNo, refused);
  return { restored, refused, vectors };
}

async function restoreChunks(tx: Tx, table: LiveTable, request: Restore, ids: readonly string[]): Promise<number> {
  const { chunks } = table;
  if (chunks === null) return 0;
  const theirs = documentIdArray(table, chunks, ids);
  const ofThese = sql`${removedAt(request)} and ${columnRef('l', chunks.place.document)} = any(${theirs})`;
  const { rows } = await sql<{ count: number }>`
    with back as (
      insert into ${tableRef(chunks.place.table)} as c (${sql.join(chunks.writable.map((column) => sql.id(column)))})
        overriding system value
      select ${sql.join(chunks.writable.map((column) => columnRef('l', column)))} from ${chunkLedger(chunks)} l
      where ${ofThese} returning ${columnRef('c', chunks.place.vector)} as vector
    )
    select count(vector)::int8 as count from back`.execute(tx);
  await sql`delete from ${chunkLedger(chunks)} l where ${ofThese}`.execute(tx);
  return rows[0]?.count ?? 0;
}
