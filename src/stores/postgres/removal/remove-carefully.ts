import { type RawBuilder, sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import { hasKey, type IdList, idRows, idText, isOneOfFew, keyIn, keysOf, sameKeys } from '../../../database/row-ids.ts';
import type { Tx } from '../../../database/schema.ts';
import { isComposite, singleIdColumn } from '../../../domain/row-id.ts';
import type { Batch } from '../../ports/batch.ts';
import type { Removal } from '../../ports/document-store.ts';
import { stillDue } from '../due.ts';
import { textOf } from '../fields.ts';
import { dropFromItems, mayWait, nextItemsSql, putBehind } from '../items.ts';
import { documentKey, inCollection } from '../scope.ts';
import { chunkLedger, documentIdArray, type LiveTable, rowLedger, stamp } from '../table.ts';
import { keptByReference, keptByRefusal } from './kept.ts';
import { referencedByOthers } from './referenced.ts';
import { attempt, inHalves } from './refusals.ts';

/**
 * Removes what is left of a batch: rows are found by primary key, locked, the rule applied again to what was locked;
 * then chunks and rows are deleted. A row extended since the survey survives; one that somebody else holds is waited for
 * and judged as it then stands. Separate statements, so that each sees what was committed while the one before waited:
 * the row's newest version, other rows of its document, and chunks that were added to it.
 */
export async function removeCarefully(tx: Tx, table: LiveTable, batch: Batch): Promise<Removal> {
  const { mapping, constraints } = table;
  const { seen, after, documents, ids } = await lockPatiently(tx, table, batch);
  const whole = ids === null || mapping.document === null ? ids : await ofWholeDocuments(tx, table, batch, ids);
  if (whole === null) return { seen, after, documents: 0, vectors: 0, spared: documents, kept: [] };
  if (!constraints.mayRefuse) {
    const removed = await removeLocked(tx, table, batch, whole);
    return { seen, after, ...removed, spared: documents - removed.documents, kept: [] };
  }
  const { waiting, kept, ...removed } = await removeWhatMayGo(tx, table, batch, whole);
  const staying = kept.reduce((sum, one) => sum + one.documents, 0);
  return {
    // With items put behind the others the partition is not finished.
    seen: waiting === 0 ? seen : Math.max(seen, batch.size),
    after,
    ...removed,
    spared: documents - removed.documents - staying - waiting,
    kept,
  };
}

/** Of locked rows those that no row which stays references, as many at once as the database accepts. */
async function removeWhatMayGo(tx: Tx, table: LiveTable, batch: Batch, ids: IdList) {
  const { mapping, constraints } = table;
  const referenced = await referencedByOthers(tx, table, idRows(table, ids), batch.runNo);
  const waiting = mayWait(batch) ? referenced.filter(({ later }) => later) : [];
  const waits = new Set(waiting.map(({ document }) => document));
  const staying = referenced.filter(({ document }) => !waits.has(document));
  const units = await unitsOf(
    tx,
    table,
    ids,
    referenced.map(({ document }) => document),
  );
  const { results, refused } = await inHalves(tx, constraints.deferrable, units, (some) =>
    removeLocked(
      tx,
      table,
      batch,
      some.flatMap((unit) => unit.ids),
    ),
  );
  if (waits.size > 0) await putBehind(tx, mapping, batch, [...waits]);
  const kept = [...staying.map(({ document }) => document), ...refused.map(({ unit }) => unit.document)];
  if (kept.length > 0) await dropFromItems(tx, mapping, batch, kept);
  return {
    waiting: waits.size,
    documents: results.reduce((sum, one) => sum + one.documents, 0),
    vectors: results.reduce((sum, one) => sum + one.vectors, 0),
    kept: [...keptByReference(staying), ...keptByRefusal(refused.map(({ refusal }) => refusal))],
  };
}

interface Unit {
  readonly document: string;
  readonly ids: readonly string[];
}

/** The rows by document, without the documents that stay. */
async function unitsOf(tx: Tx, table: LiveTable, ids: IdList, without: readonly string[]): Promise<Unit[]> {
  const { mapping } = table;
  const document = documentKey('d', mapping);
  const { rows } = await sql<Unit>`
    select ${document} as document, array_agg(${idText('d', mapping)}) as ids from ${tableRef(mapping.table)} d
    where ${isOneOfFew('d', table, ids)}
      and not ${document} = any(${without}::text[])
    group by 1 order by 1`.execute(tx);
  return rows;
}

interface Locked {
  readonly seen: number;
  readonly after: string | null;
  readonly documents: number;
  /** What PostgreSQL wrote as an array is handed back to it unread: thousands of ids a batch. `null`: none. */
  readonly ids: IdList | null;
}

/**
 * A row that another transaction moves to another partition of its table cannot be waited for: the statement fails, and
 * finds the row in its new place when it is run again. After some tries rows that others hold are left to a later run.
 */
async function lockPatiently(tx: Tx, table: LiveTable, batch: Batch): Promise<Locked> {
  if (!table.constraints.mayRefuse) return lockDue(tx, table, batch, sql`for update of d`);
  for (let tries = 0; tries < 3; tries += 1) {
    const locked = await attempt(tx, false, () => lockDue(tx, table, batch, sql`for update of d`));
    if (locked.done) return locked.result;
  }
  return lockDue(tx, table, batch, sql`for update of d skip locked`);
}

async function lockDue(tx: Tx, table: LiveTable, batch: Batch, lock: RawBuilder<unknown>): Promise<Locked> {
  const { mapping } = table;
  const composite = isComposite(mapping);
  // As an array the planner takes the batch for small and goes by the index, where a join might scan the whole table.
  const inBatch = composite
    ? keyIn('d', mapping, sql`select ${keysOf('batch', mapping)} from batch`)
    : sql`${columnRef('d', singleIdColumn(mapping))} = any(array(select batch.id from batch))`;
  const { rows } = await sql<Locked>`
    with batch as materialized (${nextItemsSql(mapping, batch)}),
    locked as materialized (
      select ${idText('d', mapping)} as id from ${tableRef(mapping.table)} d
      where ${inBatch} and ${isStillOurs(table, batch)}
      ${lock}
    )
    select (select count(*) from batch)::int8 as seen, (select count(distinct place) from batch)::int8 as documents,
      (select max(place)::text from batch) as after, (select array_agg(locked.id) from locked)${composite ? sql`` : sql`::text`} as ids`.execute(
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
async function ofWholeDocuments(tx: Tx, table: LiveTable, batch: Batch, ids: IdList): Promise<IdList | null> {
  const { mapping } = table;
  const locked = sql`(${idRows(table, ids)}) l`;
  const all = isComposite(mapping) ? sql`array_agg(b.id)` : sql`array_agg(l.id::text)::text`;
  const { rows } = await sql<{ ids: IdList | null }>`
    with batch as materialized (${nextItemsSql(mapping, batch)}),
    kept as materialized (
      select ${documentKey('d', mapping)} as document from ${tableRef(mapping.table)} d
      where ${inCollection('d', mapping)} and ${documentKey('d', mapping)} = any(array(select distinct document from batch))
        and ${textOf('d', mapping.workspace)} = ${batch.partition}
        and not exists (select from ${locked} where ${hasKey('d', mapping, 'l')})
    )
    select ${all} as ids from ${locked} join batch b on ${sameKeys('b', 'l', mapping)}
    where b.document not in (select document from kept)`.execute(tx);
  return rows[0]?.ids ?? null;
}

async function removeLocked(tx: Tx, table: LiveTable, batch: Batch, ids: IdList) {
  const { mapping, chunks } = table;
  const ours = stamp(batch.runNo, sql.lit(batch.partNo));
  const vectorColumn = mapping.vectors.in === 'row' ? mapping.vectors.column : null;
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
      where ${columnRef('c', chunks.place.document)} = any(array(select unnest(${documentIdArray(table, chunks, ids)}))) returning c.*
    )${keep(chunkLedger(chunks), 'gone_chunks')},`
    }
    gone as (
      delete from ${tableRef(mapping.table)} d
      where ${isOneOfFew('d', table, ids)} returning d.*
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
