import { type RawBuilder, sql } from 'kysely';
import { keptId, keptIdNames } from '../../database/row-ids.ts';
import type { Db, Tx } from '../../database/schema.ts';
import type { CollectionMapping } from '../../domain/mapping.ts';
import type { Batch } from '../ports/batch.ts';
import type { Items } from '../ports/row-intents.ts';
import type { SurveyTerms } from '../ports/row-survey.ts';
import { freeAndDue } from './due.ts';
import { dueRowsOf, itemsOfDueRows } from './due-rows.ts';
import { textOf } from './fields.ts';
import { factRows, judgeFacts } from './rules/index.ts';
import type { ChangeSql } from './rules/rule-sql.ts';
import { documentKey } from './scope.ts';

/**
 * A run's items: the rows that its survey found due, in a table of the run's own. They bind the run, and an approval, to
 * exactly what was surveyed, and batches find their rows whatever indexes the application has: by where they stood
 * (`tid`), else by primary key. Dropping the table is instant, where deleting its rows would not be.
 *
 * `place` numbers them as the scan met them, which is the order of the table: a batch touches neighbours, where a walk
 * in the order of random ids would touch a page for every row. Rows of one document share a place.
 */
export function itemsTable(runNo: number, mapping: CollectionMapping) {
  return sql.id('coppice', `items_${runNo}_${mapping.name}`);
}

export async function collectItems(
  tx: Tx,
  mapping: CollectionMapping,
  terms: SurveyTerms,
  runNo: number,
  referencesItself: boolean,
): Promise<void> {
  const items = itemsTable(runNo, mapping);
  const due = dueRowsOf(mapping, terms);
  const rows =
    due !== null
      ? itemsOfDueRows(mapping, due, runNo, referencesItself)
      : mapping.document === null
        ? dueRows(mapping, terms, runNo, referencesItself)
        : rowsOfDueDocuments(mapping, terms, runNo);
  await sql`create table ${items} as ${rows}`.execute(tx);
  if (due !== null) await sql`drop table ${due}`.execute(tx);
  await sql`create index on ${items} (part, place)`.execute(tx);
  if (referencesItself) await sql`create index on ${items} (id)`.execute(tx);
  // Without statistics the planner takes a partition for small and sorts it whole at every batch.
  await sql`analyze ${items} (part, place)`.execute(tx);
}

/** In a table that references itself referencing rows mostly follow those they reference: it is walked from its end. */
function dueRows(mapping: CollectionMapping, terms: SurveyTerms, runNo: number, fromEnd: boolean) {
  const more = sql`p.no as part, d.ctid as tid, ${keptId('d', mapping)}`;
  const { change, state, survivor } = judgeFacts('r', mapping, terms.rule);
  const columns = Object.entries({
    ...(change === undefined ? {} : itemOf(change, state)),
    ...(survivor === undefined ? {} : { survivor }),
  });
  const further = columns.map(([name, value]) => sql`, ${value} as ${sql.id(name)}`);
  return sql`select ${fromEnd ? sql`-` : sql``} row_number() over () as place, r.part, r.tid, ${keptIdNames('r', mapping)}
      ${further.length === 0 ? sql`` : sql.join(further, sql``)}
    from ${surveyed(mapping, terms, runNo, more)} r where ${freeAndDue(judgeFacts('r', mapping, terms.rule), mapping, terms.respectHolds)}`;
}

/** Columns of an item of a rule that changes rows, besides its place and id. */
function itemOf({ former, stored, base }: ChangeSql, state: RawBuilder<string> | null) {
  return { former, stored, ...base, state: state ?? sql`''` };
}

function rowsOfDueDocuments(mapping: CollectionMapping, terms: SurveyTerms, runNo: number) {
  const more = sql`p.no as part, d.ctid as tid, ${keptId('d', mapping)}, ${documentKey('d', mapping)} as document`;
  return sql`select dense_rank() over (order by part, document) as place, part, tid, ${keptIdNames('rows', mapping)}, document
    from (
      select r.part, r.tid, ${keptIdNames('r', mapping)}, r.document,
        bool_and(${freeAndDue(judgeFacts('r', mapping, terms.rule), mapping, terms.respectHolds)}) over (partition by r.part, r.document) as goes
      from ${surveyed(mapping, terms, runNo, more)} r
    ) rows where goes`;
}

/** Rows of the collection in partitions that the survey gave a number, because something is due there. */
function surveyed(mapping: CollectionMapping, { rule }: SurveyTerms, runNo: number, more: RawBuilder<unknown>) {
  const partitions = sql`join coppice.run_partitions p on p.run_no = ${sql.lit(runNo)}
    and p.collection = ${sql.lit(mapping.name)} and p.partition = ${textOf('d', mapping.partition)}`;
  return factRows(mapping, rule, more, partitions);
}

/** The items that follow where the batch before ended. */
export function nextItemsSql(mapping: CollectionMapping, batch: Batch): RawBuilder<unknown> {
  const beyond = batch.after === null ? sql`true` : sql`i.place > ${batch.after}::text::int8`;
  const within = batch.upTo === undefined ? sql`` : sql`and i.place <= ${batch.upTo}::text::int8`;
  return sql`select i.* from ${itemsTable(batch.runNo, mapping)} i
    where i.part = ${sql.lit(batch.partNo)} and ${beyond} ${within}
    order by i.place fetch first ${sql.lit(batch.size)} rows with ties`;
}

export async function nextItems(db: Db, mapping: CollectionMapping, batch: Batch): Promise<Items> {
  const { rows } = await sql<{ id: string; place: string }>`
    select id::text as id, place::text as place from (${nextItemsSql(mapping, batch)}) i order by i.place`.execute(db);
  return { ids: rows.map((row) => row.id), after: rows.at(-1)?.place ?? null };
}

export async function itemsBeyond(
  tx: Tx,
  mapping: CollectionMapping,
  runNo: number,
  approvedRunNo: number,
): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int8 as count from ${itemsTable(runNo, mapping)} i
    where not exists (select from ${itemsTable(approvedRunNo, mapping)} a where a.id = i.id)`.execute(tx);
  return rows[0]?.count ?? 0;
}

/** How far behind all others an item is put that has to wait for rows that reference it. */
const stride = 2 ** 40;
const mostPasses = 20;
/** Rows that reference each other in a circle are deleted together, so that later passes take more at once. */
const laterPassSize = 10_000;

/** How often an item at this place has been put behind the others. */
function passOf(place: string | null): number {
  return place === null ? 0 : Math.floor((Number(place) + stride / 2) / stride);
}

/** A batch of items that had to wait is larger. */
export function widened(table: { readonly mapping: CollectionMapping }, batch: Batch): Batch {
  return table.mapping.document === null && passOf(batch.after) > 0
    ? { ...batch, size: Math.max(batch.size, laterPassSize) }
    : batch;
}

/** Whether items of the batch may be put behind the others once more. */
export function mayWait(batch: Batch): boolean {
  return passOf(batch.after) < mostPasses;
}

/** Puts documents behind all other items of the partition: rows that reference them are handled first. */
export async function putBehind(tx: Tx, mapping: CollectionMapping, batch: Batch, documents: readonly string[]) {
  await sql`update ${itemsTable(batch.runNo, mapping)} i set place = place + ${sql.lit(stride)}
    where ${areDocuments(mapping, batch, documents)}`.execute(tx);
}

/** Takes documents out of the run that the database keeps. */
export async function dropFromItems(tx: Tx, mapping: CollectionMapping, batch: Batch, documents: readonly string[]) {
  await sql`delete from ${itemsTable(batch.runNo, mapping)} i where ${areDocuments(mapping, batch, documents)}`.execute(
    tx,
  );
}

function areDocuments(mapping: CollectionMapping, { partNo }: Batch, documents: readonly string[]) {
  const document = mapping.document === null ? sql`i.id::text` : sql`i.document`;
  return sql`i.part = ${sql.lit(partNo)} and ${document} = any(${documents}::text[])`;
}
