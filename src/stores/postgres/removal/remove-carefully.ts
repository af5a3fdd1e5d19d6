import { type RawBuilder, sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import { hasKey, type IdList, idRows, idText, isOneOfFew, keyIn, keysOf, sameKeys } from '../../../database/row-ids.ts';
import type { Tx } from '../../../database/schema.ts';
import { isComposite, singleIdColumn } from '../../../domain/row-id.ts';
import type { Batch } from '../../ports/batch.ts';
import type { Removal } from '../../ports/row-removal.ts';
import { childCount, goneName, lockParents, membersGone, vectorCount } from '../children/remove-members.ts';
import { stillDue } from '../due.ts';
import { textOf } from '../fields.ts';
import { dropFromItems, mayWait, nextItemsSql, putBehind } from '../items.ts';
import { sparesLinked } from '../rules/links.ts';
import { documentKey, inCollection } from '../scope.ts';
import { type LiveTable, rowLedger, stamp } from '../table.ts';
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
  if (whole === null) return { seen, after, documents: 0, vectors: 0, children: 0, spared: documents, kept: [] };
  if (!constraints.mayRefuse && !sparesLinked(batch.rule, mapping)) {
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
  const referenced = await referencedByOthers(tx, table, idRows(table, ids), batch);
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
    children: results.reduce((sum, one) => sum + one.children, 0),
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
  /** An array as PostgreSQL wrote it, which is returned to it unparsed: thousands of ids a batch. `null`: none. */
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
  return sql`${textOf('d', mapping.partition)} = ${batch.partition} and ${stillDue(mapping, batch.rule)}`;
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
        and ${textOf('d', mapping.partition)} = ${batch.partition}
        and not exists (select from ${locked} where ${hasKey('d', mapping, 'l')})
    )
    select ${all} as ids from ${locked} join batch b on ${sameKeys('b', 'l', mapping)}
    where b.document not in (select document from kept)`.execute(tx);
  return rows[0]?.ids ?? null;
}

async function removeLocked(tx: Tx, table: LiveTable, batch: Batch, ids: IdList) {
  const { mapping } = table;
  const { runNo, partNo, keep } = batch;
  await lockParents(tx, table, ids);
  const documents = mapping.document === null ? sql`count(*)` : sql`count(distinct ${documentKey('g', mapping)})`;
  const kept = sql`, gone_ledger as (insert into ${rowLedger(table)} select g.*, ${stamp(runNo, sql.lit(partNo))} from gone g)`;
  const { rows } = await sql<{ documents: number; vectors: number; children: number }>`
    with ${membersGone(table, { ids, runNo, partNo, keep })} gone as (
      delete from ${tableRef(mapping.table)} d where ${isOneOfFew('d', table, ids)} returning d.*
    )${keep ? kept : sql``}
    select (select ${documents} from gone g)::int8 as documents, ${vectorCount(table, 'gone', goneName)} as vectors,
      ${childCount(table, goneName)} as children`.execute(tx);
  return rows[0] ?? { documents: 0, vectors: 0, children: 0 };
}
