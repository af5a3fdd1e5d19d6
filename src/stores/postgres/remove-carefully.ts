import { type RawBuilder, sql } from 'kysely';
import type { Tx } from '../../state/schema.ts';
import type { Batch, Removal } from '../ports/document-store.ts';
import { documentKey, inCollection, stillDue } from './due.ts';
import { columnRef, tableRef, textOf } from './fields.ts';
import { nextItemsSql } from './items.ts';
import { chunkLedger, type LiveTable, rowLedger, stamp } from './table.ts';

/**
 * Removes what is left of a batch: rows are found by primary key, locked, the rule applied again to what was locked;
 * then chunks and rows are deleted. A row extended since the survey survives; one that somebody else holds is waited for
 * and judged as it then stands. Separate statements, so that each sees what was committed while the one before waited:
 * the row's newest version, other rows of its document, and chunks that were added to it.
 */
export async function removeCarefully(tx: Tx, table: LiveTable, batch: Batch): Promise<Removal> {
  const { seen, after, documents, ids } = await lockDue(tx, table, batch);
  const whole = ids === null || table.mapping.document === null ? ids : await ofWholeDocuments(tx, table, batch, ids);
  const removed = whole === null ? { documents: 0, vectors: 0 } : await removeLocked(tx, table, batch, whole);
  return { seen, after, ...removed, spared: documents - removed.documents };
}

interface Locked {
  readonly seen: number;
  readonly after: string | null;
  readonly documents: number;
  /** What PostgreSQL wrote as an array is handed back to it unread: thousands of ids a batch. `null`: none. */
  readonly ids: string | null;
}

async function lockDue(tx: Tx, table: LiveTable, batch: Batch): Promise<Locked> {
  const { mapping } = table;
  // As an array the planner takes the batch for small and goes by the index, where a join might scan the whole table.
  const { rows } = await sql<Locked>`
    with batch as materialized (${nextItemsSql(mapping, batch)}),
    locked as materialized (
      select ${columnRef('d', mapping.id)}::text as id from ${tableRef(mapping.table)} d
      where ${columnRef('d', mapping.id)} = any(array(select batch.id from batch)) and ${isStillOurs(table, batch)}
      for update of d
    )
    select (select count(*) from batch)::int8 as seen, (select count(distinct place) from batch)::int8 as documents,
      (select max(place)::text from batch) as after, (select array_agg(locked.id) from locked)::text as ids`.execute(
    tx,
  );
  const found = rows[0];
  return found === undefined
    ? { seen: 0, after: batch.after, documents: 0, ids: null }
    : { ...found, after: found.after ?? batch.after };
}

/** The rule once more, on the row as it stands under its lock: same partition, still due, not on hold. */
export function isStillOurs(table: LiveTable, batch: Batch): RawBuilder<boolean> {
  const { mapping } = table;
  return sql`${textOf('d', mapping.workspace)} = ${batch.partition} and ${stillDue(mapping, batch.rule)}`;
}

/**
 * Of the locked rows those whose document has no other row: one that was extended, or added since the survey, keeps all
 * of them.
 */
async function ofWholeDocuments(tx: Tx, table: LiveTable, batch: Batch, ids: string): Promise<string | null> {
  const { mapping } = table;
  const locked = sql`unnest(${ids}::text[]::${table.idType}[]) l(id)`;
  const { rows } = await sql<{ ids: string | null }>`
    with batch as materialized (${nextItemsSql(mapping, batch)}),
    kept as materialized (
      select ${documentKey('d', mapping)} as document from ${tableRef(mapping.table)} d
      where ${inCollection('d', mapping)} and ${documentKey('d', mapping)} = any(array(select distinct document from batch))
        and ${textOf('d', mapping.workspace)} = ${batch.partition}
        and not exists (select from ${locked} where l.id = ${columnRef('d', mapping.id)})
    )
    select array_agg(l.id::text)::text as ids from ${locked} join batch b on b.id = l.id
    where b.document not in (select document from kept)`.execute(tx);
  return rows[0]?.ids ?? null;
}

async function removeLocked(tx: Tx, table: LiveTable, batch: Batch, ids: string) {
  const { mapping, chunks } = table;
  const ours = stamp(batch.runNo, sql.lit(batch.partNo));
  const vectorColumn = mapping.vectors.in === 'row' ? mapping.vectors.column : null;
  // Unnested, so that the planner takes the list for short and goes by the index, as above.
  const idsAs = (type: RawBuilder<unknown>) => sql`array(select unnest(${ids}::text[]::${type}[]))`;
  const keep = (ledger: RawBuilder<unknown>, from: string) =>
    batch.keep
      ? sql`, ${sql.id(`${from}_ledger`)} as (insert into ${ledger} select g.*, ${ours} from ${sql.id(from)} g)`
      : sql``;
  const { rows } = await sql<{ documents: number; vectors: number }>`
    with ${
      chunks === null
        ? sql``
        : sql`gone_chunks as (
      delete from ${tableRef(chunks.place.table)} c
      where ${columnRef('c', chunks.place.document)} = any(${idsAs(chunks.documentType ?? table.idType)}) returning c.*
    )${keep(chunkLedger(chunks), 'gone_chunks')},`
    }
    gone as (
      delete from ${tableRef(mapping.table)} d
      where ${columnRef('d', mapping.id)} = any(${idsAs(table.idType)}) returning d.*
    )${keep(rowLedger(table), 'gone')}
    select (select ${mapping.document === null ? sql`count(*)` : sql`count(distinct ${documentKey('g', mapping)})`} from gone g)::int8 as documents,
      ${vectorCount(chunks === null ? vectorColumn : chunks.place.vector, chunks === null ? 'gone' : 'gone_chunks')} as vectors`.execute(
    tx,
  );
  return rows[0] ?? { documents: 0, vectors: 0 };
}

function vectorCount(column: string | null, from: 'gone' | 'gone_chunks'): RawBuilder<number> {
  if (column === null) return sql`0::int8`;
  return sql`(select count(*) from ${sql.id(from)} where ${sql.id(column)} is not null)::int8`;
}
