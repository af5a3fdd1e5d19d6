import { type RawBuilder, sql } from 'kysely';
import { idText, keptId, keptIdNames } from '../../database/row-ids.ts';
import type { Tx } from '../../database/schema.ts';
import type { CollectionMapping } from '../../domain/mapping.ts';
import type { Rule } from '../../domain/rules/index.ts';
import type { SurveyTerms } from '../ports/row-survey.ts';
import { heldWhenDue } from './due.ts';
import { textOf } from './fields.ts';
import { factRows, judgeFacts } from './rules/index.ts';
import { computedOnce } from './rules/rule-sql.ts';

/**
 * Rows that are due by a rule over sets of rows, in a table that exists for the survey's transaction only. Judging sets means
 * sorting the collection, which a run's survey does once and not for its counts, samples and items each.
 */
export function dueRowsOf(mapping: CollectionMapping, { rule, runNo }: SurveyTerms): RawBuilder<unknown> | null {
  if (runNo === undefined || !judgesSets(mapping, rule)) return null;
  return dueTable(runNo, mapping);
}

/** The table of what a run's survey found in a collection, until it has collected its items. */
export function dueTable(runNo: number, mapping: CollectionMapping): RawBuilder<unknown> {
  return sql.id('coppice', `due_${runNo}_${mapping.name}`);
}

export function judgesSets(mapping: CollectionMapping, rule: Rule): boolean {
  return judgeFacts('r', mapping, rule).survivor !== undefined;
}

export async function writeDueRows(
  tx: Tx,
  mapping: CollectionMapping,
  { rule, respectHolds }: SurveyTerms,
  table: RawBuilder<unknown>,
): Promise<void> {
  const judged = judgeFacts('r', mapping, rule);
  const more = sql`${textOf('d', mapping.partition)} as partition, d.ctid as tid, ${keptId('d', mapping)}`;
  await sql`create table ${table} as
    select r.partition, r.tid, ${keptIdNames('r', mapping)}, r.row_id, ${judged.survivor} as survivor, ${judged.since} as since,
      ${heldWhenDue(judged, mapping, respectHolds)} as held
    from ${factRows(mapping, rule, more)} r where ${judged.due}`.execute(tx);
}

/** Counts by partition with the columns of a count that judges the rows itself. A rule over sets has one reason. */
export function countsWithDueRows(
  mapping: CollectionMapping,
  { rule }: SurveyTerms,
  table: RawBuilder<unknown>,
): RawBuilder<unknown> {
  const { unreadable, reasons } = judgeFacts('r', mapping, rule);
  const named = sql`${idText('d', mapping)} as id, ${textOf('d', mapping.partition)} as partition`;
  const counted = reasons.map(({ name }) => sql`${sql.lit(name)}, coalesce(u.due, 0)`);
  return sql`select partition, c.rows, jsonb_build_object(${sql.join(counted)}) as reasons,
      coalesce(u.due, 0) as due, coalesce(u.on_hold, 0) as on_hold, c.unreadable, u.oldest, coalesce(u.digest, '0') as digest
    from (
      select partition, count(*)::int8 as rows, count(*) filter (where unreadable)::int8 as unreadable
      from (select r.partition, ${unreadable} as unreadable from ${factRows(mapping, rule, named)} r ${computedOnce}) marked
      group by partition
    ) c left join (
      select partition, count(*) filter (where not held)::int8 as due, count(*) filter (where held)::int8 as on_hold,
        min(since) filter (where not held) as oldest,
        coalesce(bit_xor(hashtextextended(row_id, 0)) filter (where not held), 0)::text as digest
      from ${table} group by partition
    ) u using (partition)`;
}

/** The items of the run, in the order of the table or from its end. */
export function itemsOfDueRows(
  mapping: CollectionMapping,
  table: RawBuilder<unknown>,
  runNo: number,
  fromEnd: boolean,
): RawBuilder<unknown> {
  return sql`select ${fromEnd ? sql`-` : sql``} row_number() over (order by r.tid) as place, p.no as part, r.tid,
      ${keptIdNames('r', mapping)}, r.survivor
    from ${table} r join coppice.run_partitions p on p.run_no = ${sql.lit(runNo)}
      and p.collection = ${sql.lit(mapping.name)} and p.partition = r.partition
    where not r.held`;
}
