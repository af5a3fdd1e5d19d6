import { type RawBuilder, sql } from 'kysely';
import type { Db, Tx } from '../../state/schema.ts';
import type { Batch, Removal } from '../ports/document-store.ts';
import { dueSql, inCollection, onHold } from './due.ts';
import { columnRef, tableRef, textOf } from './fields.ts';
import { itemsTable } from './items.ts';
import { chunkLedger, idArray, type LiveTable, rowLedger } from './table.ts';

/**
 * Removes one batch: rows are found by primary key, locked, the rule applied again to what was locked; then chunks and
 * rows are deleted into the ledger. A row extended since the survey survives; one that somebody else holds is waited for
 * and judged as it then stands. Two statements, so that the second sees what was committed while the first waited: the
 * row's newest version, and chunks that were added to it.
 */
export async function removeBatch(tx: Tx, table: LiveTable, batch: Batch): Promise<Removal> {
  const { seen, after, ids } = await lockDue(tx, table, batch);
  if (ids === null) return { seen, after, documents: 0, vectors: 0 };
  return { seen, after, ...(await removeLocked(tx, table, batch, ids)) };
}

interface Locked {
  readonly seen: number;
  readonly after: string | null;
  /** What PostgreSQL wrote as an array is handed back to it unread: thousands of ids a batch. `null`: none. */
  readonly ids: string | null;
}

async function lockDue(tx: Tx, table: LiveTable, batch: Batch): Promise<Locked> {
  const { mapping } = table;
  // As an array the planner takes the batch for small and goes by the index, where a join might scan the whole table.
  const { rows } = await sql<Locked>`
    with batch as materialized (${nextItemsSql(table, batch)}),
    locked as materialized (
      select ${columnRef('d', mapping.id)}::text as id from ${tableRef(mapping.table)} d
      where ${columnRef('d', mapping.id)} = any(array(select batch.id from batch)) and ${stillDue(table, batch)}
      for update of d
    )
    select (select count(*) from batch)::int8 as seen,
      (select id::text from batch order by batch.place desc limit 1) as after,
      (select array_agg(locked.id) from locked)::text as ids`.execute(tx);
  return rows[0] ?? { seen: 0, after: batch.after, ids: null };
}

async function removeLocked(tx: Tx, table: LiveTable, batch: Batch, ids: string) {
  const { mapping, chunks } = table;
  const vectorColumn = mapping.vectors.in === 'row' ? mapping.vectors.column : null;
  // Unnested, so that the planner takes the list for short and goes by the index, as above.
  const idsAs = (type: RawBuilder<unknown>) => sql`array(select unnest(${ids}::text[]::${type}[]))`;
  const { rows } = await sql<{ documents: number; vectors: number }>`
    with ${
      chunks === null
        ? sql``
        : sql`gone_chunks as (
      delete from ${tableRef(chunks.place.table)} c
      where ${columnRef('c', chunks.place.document)} = any(${idsAs(chunks.documentType ?? table.idType)}) returning c.*
    ),
    chunk_ledger as (
      insert into ${chunkLedger(chunks)} select g.*, ${stamp(batch)} from gone_chunks g
    ),`
    }
    gone as (
      delete from ${tableRef(mapping.table)} d
      where ${columnRef('d', mapping.id)} = any(${idsAs(table.idType)}) returning d.*
    ),
    row_ledger as (
      insert into ${rowLedger(table)} select g.*, ${stamp(batch)} from gone g
    )
    select (select count(*) from gone)::int8 as documents,
      ${vectorCount(chunks === null ? vectorColumn : chunks.place.vector, chunks === null ? 'gone' : 'gone_chunks')} as vectors`.execute(
    tx,
  );
  return rows[0] ?? { documents: 0, vectors: 0 };
}

function vectorCount(column: string | null, from: 'gone' | 'gone_chunks'): RawBuilder<number> {
  if (column === null) return sql`0::int8`;
  return sql`(select count(*) from ${sql.id(from)} where ${sql.id(column)} is not null)::int8`;
}

/** The ledger's own columns for what is removed for good in this statement. */
function stamp(batch: Batch): RawBuilder<unknown> {
  return sql`${sql.lit(batch.runNo)}::bigint, current_date, ${sql.lit(batch.partNo)}::integer, null::text, null::bigint, null::bigint`;
}

/** The rule once more, on the row as it stands under its lock: same partition, still due, not on hold. */
export function stillDue(table: LiveTable, batch: Batch): RawBuilder<boolean> {
  const { mapping } = table;
  return sql`${textOf('d', mapping.workspace)} = ${batch.partition} and ${inCollection('d', mapping)}
    and ${dueSql('d', mapping, batch.rule).due} and not ${onHold('d', mapping)}`;
}

/** The items that follow the checkpoint's, in the order of their places. */
function nextItemsSql(table: LiveTable, batch: Batch): RawBuilder<{ id: string; place: number }> {
  const items = itemsTable(batch.runNo, table.mapping);
  const part = sql.lit(batch.partNo);
  const beyond =
    batch.after === null
      ? sql`true`
      : sql`i.place > (select a.place from ${items} a
          where a.part = ${part} and a.id = ${batch.after}::text::${table.idType})`;
  return sql`select i.id, i.place from ${items} i
    where i.part = ${part} and ${beyond} order by i.place limit ${sql.lit(batch.size)}`;
}

export async function nextItems(db: Db, table: LiveTable, batch: Batch): Promise<string[]> {
  const { rows } = await sql<{
    id: string;
  }>`select id::text as id from (${nextItemsSql(table, batch)}) i order by i.place`.execute(db);
  return rows.map((row) => row.id);
}

/** Locks the rows that are still due, of those given, and writes their image with what tells whether they change. */
export async function intend(tx: Tx, table: LiveTable, batch: Batch, ids: readonly string[]): Promise<string[]> {
  const { mapping } = table;
  const { rows } = await sql<{ id: string }>`
    with locked as materialized (
      select d.*, ${sql.lit(batch.runNo)}::bigint as coppice_run, current_date as coppice_day,
        ${sql.lit(batch.partNo)}::integer as coppice_part, 'intent'::text as coppice_state,
        d.xmin::text::bigint as coppice_xmin, null::bigint as coppice_refused
      from ${tableRef(mapping.table)} d
      where ${columnRef('d', mapping.id)} = any(${idArray(table, ids)}) and ${stillDue(table, batch)}
      for update of d
    )
    insert into ${rowLedger(table)} as l select * from locked returning ${columnRef('l', mapping.id)}::text as id`.execute(
    tx,
  );
  return rows.map((row) => row.id);
}
