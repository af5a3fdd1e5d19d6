import { type RawBuilder, sql } from 'kysely';
import { tableRef } from '../../database/identifiers.ts';
import type { Tx } from '../../database/schema.ts';
import type { CollectionMapping } from '../../domain/mapping.ts';
import { isComposite } from '../../domain/row-id.ts';
import type { PartitionCount, SurveyTerms } from '../ports/row-survey.ts';
import { heldWhenDue } from './due.ts';
import { countsWithDueRows, dueRowsOf, judgesSets, writeDueRows } from './due-rows.ts';
import { textOf } from './fields.ts';
import { itemsTable } from './items.ts';
import { factRows, judgeFacts } from './rules/index.ts';
import { computedOnce } from './rules/rule-sql.ts';
import { documentKey } from './scope.ts';

const pageSize = 1000;
/** So many partitions are read at once, and by several processes of the server; beyond, through a cursor. */
const mostAtOnce = 20_000;

interface CountRow {
  partition: string | null;
  rows: number;
  reasons: Record<string, number>;
  due: number;
  on_hold: number;
  unreadable: number;
  oldest: Date | null;
  digest: string;
  table_rows?: number;
  braked?: number;
  noted?: number;
}

/**
 * One scan of the table, grouped by partition. Where there are very many they are read through a cursor: memory is
 * bounded, but the server reads a cursor by one process alone. The cursor lives in the caller's transaction, so that
 * counts and items are of one snapshot.
 */
export async function* surveyPartitions(
  tx: Tx,
  mapping: CollectionMapping,
  terms: SurveyTerms,
): AsyncGenerator<readonly PartitionCount[]> {
  const due = dueRowsOf(mapping, terms);
  if (due !== null) await writeDueRows(tx, mapping, terms, due);
  const counts = countsByPartition(mapping, terms);
  const { rows: few } = await sql<CountRow>`${counts} limit ${sql.lit(mostAtOnce + 1)}`.execute(tx);
  if (few.length <= mostAtOnce) {
    yield few.map(toCount);
    return;
  }
  const cursor = sql.id(`survey_${mapping.name}`);
  await sql`declare ${cursor} no scroll cursor for ${counts}`.execute(tx);
  for (;;) {
    const { rows } = await sql<CountRow>`fetch ${sql.lit(pageSize)} from ${cursor}`.execute(tx);
    yield rows.map(toCount);
    if (rows.length < pageSize) break;
  }
  await sql`close ${cursor}`.execute(tx);
}

function countsByPartition(mapping: CollectionMapping, terms: SurveyTerms) {
  const due = dueRowsOf(mapping, terms);
  const counts = due === null ? countsOfCollection(mapping, terms) : countsWithDueRows(mapping, terms, due);
  const all = mapping.shareOf === 'table' ? besideTable(counts, mapping) : counts;
  return sql`${all} order by partition collate "C"`;
}

/** With the rows that each partition has in the whole table; of a partition that only exists outside the collection, nothing else. */
function besideTable(counts: RawBuilder<unknown>, mapping: CollectionMapping) {
  const documents = mapping.document === null ? sql`count(*)` : sql`count(distinct ${documentKey('d', mapping)})`;
  const partition = textOf('d', mapping.partition);
  return sql`select partition, coalesce(c.rows, 0) as rows, coalesce(c.reasons, '{}') as reasons,
      coalesce(c.due, 0) as due, coalesce(c.on_hold, 0) as on_hold, coalesce(c.unreadable, 0) as unreadable,
      c.oldest, coalesce(c.digest, '0') as digest, coalesce(t.table_rows, c.rows) as table_rows
    from (${counts}) c
    full join (
      select ${partition} as partition, (${documents})::int8 as table_rows from ${tableRef(mapping.table)} d
      where ${partition} <> '' group by 1
    ) t using (partition)`;
}

function countsOfCollection(mapping: CollectionMapping, terms: SurveyTerms) {
  return sql`select partition, count(*)::int8 as rows,
      jsonb_build_object(${countsByReason(mapping, terms)}) as reasons,
      count(*) filter (where due and not held)::int8 as due,
      count(*) filter (where due and held)::int8 as on_hold,
      count(*) filter (where unreadable)::int8 as unreadable,
      min(since) filter (where due and not held) as oldest,
      coalesce(bit_xor(hashtextextended(id, 0)) filter (where due and not held), 0)::text as digest${changeCounts(mapping, terms)}
    from (${markedDocuments(mapping, terms)}) marked
    group by partition`;
}

/** Of a rule that changes rows: those that count for the brake, and those of which something is noted. */
function changeCounts(mapping: CollectionMapping, terms: SurveyTerms) {
  if (judgeFacts('r', mapping, terms.rule).change === undefined) return sql``;
  return sql`, count(*) filter (where braked and not held)::int8 as braked,
      count(*) filter (where noted and not held)::int8 as noted`;
}

/** Reasons by their place in the rule's list, which is what `markedDocuments` says of each document. */
function countsByReason(mapping: CollectionMapping, terms: SurveyTerms) {
  const { reasons } = judgeFacts('r', mapping, terms.rule);
  return sql.join(
    reasons.map(
      ({ name }, at) =>
        sql`${sql.lit(name)}, count(*) filter (where due and reason = ${sql.lit(at)} and not held)::int8`,
    ),
  );
}

function toCount(row: CountRow): PartitionCount {
  return {
    // A stored empty name is no scope either.
    partition: row.partition === '' ? null : row.partition,
    rows: row.rows,
    ...(row.table_rows === undefined ? {} : { tableRows: row.table_rows }),
    ...(row.braked === undefined ? {} : { braked: row.braked }),
    ...(row.noted === undefined || row.noted === 0 ? {} : { besides: true }),
    due: row.due,
    reasons: row.reasons,
    onHold: row.on_hold,
    unreadable: row.unreadable,
    oldest: row.oldest,
    digest: row.digest,
  };
}

/**
 * Every document of the collection: id, partition, and what the rule says of it, a hold looked up once and not
 * six times. A document of several rows is due when all of them are, and for the weakest of their reasons.
 */
function markedDocuments(mapping: CollectionMapping, terms: SurveyTerms, joined?: RawBuilder<unknown>) {
  const rule = judgeFacts('r', mapping, terms.rule);
  const held = heldWhenDue(rule, mapping, terms.respectHolds);
  const reason = sql`case ${sql.join(
    rule.reasons.map(({ holds }, at) => sql`when ${holds} then ${sql.lit(at)}`),
    sql` `,
  )} end`;
  const named = sql`${documentKey('d', mapping)} as id, ${textOf('d', mapping.partition)} as partition`;
  const rows = sql`select r.id, r.partition, ${reason} as reason, ${rule.due} as due,
      ${rule.unreadable} as unreadable, ${rule.since} as since, ${held} as held
      ${rule.change === undefined ? sql`` : sql`, ${rule.change.braked} as braked, ${rule.change.noted} as noted`}
    from ${factRows(mapping, terms.rule, named, joined)} r ${computedOnce}`;
  if (mapping.document === null) return rows;
  return sql`select id, partition, max(reason) as reason, bool_and(due) as due, bool_or(unreadable) as unreadable,
      max(since) as since, bool_or(held) as held
    from (${rows}) rows group by partition, id`;
}

/** A query of partition, id and date that ends where its partition can be compared. */
function dueDocuments(mapping: CollectionMapping, terms: SurveyTerms, partitions: readonly string[]) {
  // A window is computed before its result is filtered: sets of other partitions are left out beforehand.
  const wanted = sql`join unnest(${partitions}::text[]) wanted (name) on wanted.name = ${textOf('d', mapping.partition)}`;
  const marked = markedDocuments(mapping, terms, judgesSets(mapping, terms.rule) ? wanted : undefined);
  return sql`select partition, id, since from (${marked}) marked where due and not held and partition`;
}

function itemsOfRun(mapping: CollectionMapping, { runNo = 0 }: SurveyTerms) {
  return sql`select partition, id, since from (
      select p.partition, ${isComposite(mapping) ? sql`i.id` : sql`i.id::text`} as id, i.place as since
      from ${itemsTable(runNo, mapping)} i join coppice.run_partitions p on p.run_no = ${sql.lit(runNo)} and p.no = i.part
    ) items where partition`;
}

interface SampleRow {
  partition: string;
  id: string;
}

/** In so few partitions a scan for each, which ends with the fifth row it meets, is cheaper than sorting all that is due. */
const fewPartitions = 3;

/** Up to five ids for each of these partitions. */
export async function sampleIds(
  tx: Tx,
  mapping: CollectionMapping,
  terms: SurveyTerms,
  partitions: readonly string[],
): Promise<Map<string, string[]>> {
  const samples = new Map<string, string[]>();
  if (partitions.length === 0) return samples;
  const due =
    dueRowsOf(mapping, terms) === null ? dueDocuments(mapping, terms, partitions) : itemsOfRun(mapping, terms);
  const { rows } = await (partitions.length <= fewPartitions
    ? sql<SampleRow>`select s.partition, s.id from unnest(${partitions}::text[]) p
        cross join lateral (${due} = p limit 5) s`
    : sql<SampleRow>`select partition, id from (
        select partition, id, row_number() over (partition by partition order by since, id) as place
        from (${due} = any(${partitions}::text[])) one
      ) ranked where place <= 5 order by partition, place`
  ).execute(tx);
  for (const { partition, id } of rows) samples.set(partition, [...(samples.get(partition) ?? []), id]);
  return samples;
}
