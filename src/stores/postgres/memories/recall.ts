import { type RawBuilder, sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import { idArrays, idText } from '../../../database/row-ids.ts';
import type { Tx } from '../../../database/schema.ts';
import { placesOfAnAnswer, toleratedDifference } from '../../../domain/consolidation/recall.ts';
import type { CollectionMapping } from '../../../domain/mapping.ts';
import { idColumns } from '../../../domain/row-id.ts';
import type { Pair } from '../copies/judge-copies.ts';
import type { UnitedText } from '../copies/rewrite.ts';
import { textOf } from '../fields.ts';
import { computedOnce } from '../rules/rule-sql.ts';
import { inCollection } from '../scope.ts';
import type { LiveTable } from '../table.ts';
import { latestQuestions } from './latest-questions.ts';
import { vectorOf } from './vector-column.ts';

const tolerance = sql.lit(toleratedDifference);

/**
 * Members of which a search would find less once they are removed. A search for a member's own vector finds the member first
 * today, so the row that stays has to be first afterwards. A question that the user asked, where questions with vectors are
 * mapped, has to find the row that stays no later than it finds the member. Distances are exact, whatever index the
 * application has (of a row that receives a united text, by the vector of that text), and one statement reads both states: no
 * write of the application can fall between two measurements.
 */
export async function harderToFind(
  tx: Tx,
  table: LiveTable,
  merged: readonly Pair[],
  united: ReadonlyMap<string, UnitedText>,
): Promise<ReadonlySet<string>> {
  const { mapping } = table;
  // A row that receives another text has to be found by its former vector, too.
  const rewritten = merged
    .filter(({ survivor }) => united.has(survivor))
    .map((pair) => ({ ...pair, id: pair.survivor }));
  const pairs = [...merged, ...rewritten];
  const kept = pairs.map((pair) => united.get(pair.survivor)?.vector ?? null);
  const [member, survivor, other] = [vectorOf('d', mapping), vectorOf('s', mapping), vectorOf('x', mapping)];
  if (pairs.length === 0) return new Set();
  if (member === null)
    throw new Error(`collection ${mapping.name}: the database cannot compare vectors of another store`);
  const keys = idColumns(mapping);
  const arrays = [
    ...idArrays(
      table,
      pairs.map(({ id }) => id),
    ),
    ...idArrays(
      table,
      pairs.map((pair) => pair.survivor),
    ),
    sql`${kept}::text[]`,
  ];
  const names = [...keys.map((_, at) => `d_${at}`), ...keys.map((_, at) => `s_${at}`), 'kept'];
  const removed = merged.map(({ id }) => id);
  const ofUser = sql`select from ${tableRef(mapping.table)} x where ${textOf('x', mapping.partition)} = m.partition
    and ${inCollection('x', mapping)} and vector_dims(${other}) = vector_dims(m.own)`;
  const others = sql`${ofUser} and ${idText('x', mapping)} <> m.survivor and ${idText('x', mapping)} <> all(${removed}::text[])`;
  const { rows } = await sql<{ id: string }>`
    select m.id from (
      select ${idText('d', mapping)} as id, ${idText('s', mapping)} as survivor, ${textOf('d', mapping.partition)} as partition,
        ${member} as own, coalesce(p.kept::vector, ${survivor}) as kept,
        case when p.kept is not null and ${idText('d', mapping)} <> ${idText('s', mapping)} then ${survivor} end as former
      from unnest(${sql.join(arrays)}) p (${sql.join(names.map((name) => sql.id(name)))})
        ${row('d', mapping)} ${row('s', mapping)} ${computedOnce}
    ) m
    where m.own is null or m.kept is null or vector_dims(m.own) <> vector_dims(m.kept)
      or exists (${others} and (${other} <=> m.own) < (m.kept <=> m.own) - ${tolerance}::float8)
      ${sql.join(
        (table.questions ?? []).map(
          (questions) => sql`or ${isFoundLater(questions, others, other)}
          ${united.size === 0 ? sql`` : sql`or ${losesAnswer(questions, others, other)}`}`,
        ),
        sql` `,
      )}`.execute(tx);
  return new Set(rows.map(({ id }) => id));
}

/** Whether a question of the user would find another memory between the place of the member and that of the row that stays. */
function isFoundLater(
  questions: CollectionMapping,
  others: RawBuilder<unknown>,
  other: RawBuilder<unknown> | null,
): RawBuilder<boolean> {
  return sql`exists (
    select from ${latestQuestions(questions, sql`m.partition`)} q
    where vector_dims(q.vector) = vector_dims(m.own) and (q.vector <=> m.own) < (q.vector <=> m.kept)
      and (select count(*) from (${others} and (${other} <=> q.vector) < (q.vector <=> m.own) - ${tolerance}::float8
        limit ${sql.lit(placesOfAnAnswer)}) nearer) < ${sql.lit(placesOfAnAnswer)}
      and exists (${others} and (${other} <=> q.vector) < (q.vector <=> m.kept) - ${tolerance}::float8
        and (${other} <=> q.vector) >= (q.vector <=> m.own) - ${tolerance}::float8))`;
}

/**
 * Whether a united text would take the last place of an answer to a question of the user, which found neither of the two: a memory
 * that it finds today would not be among the first ten.
 */
function losesAnswer(
  questions: CollectionMapping,
  others: RawBuilder<unknown>,
  other: RawBuilder<unknown> | null,
): RawBuilder<boolean> {
  const isAnswer = (vector: RawBuilder<unknown>) => sql`(select count(*) from (${others}
    and (${other} <=> q.vector) < (q.vector <=> ${vector}) limit ${sql.lit(placesOfAnAnswer)}) nearer) < ${sql.lit(placesOfAnAnswer)}`;
  return sql`exists (select from ${latestQuestions(questions, sql`m.partition`)} q
    where m.former is not null and vector_dims(q.vector) = vector_dims(m.own)
      and ${isAnswer(sql`m.kept`)} and not ${isAnswer(sql`m.own`)} and not ${isAnswer(sql`m.former`)})`;
}

/** One look-up by the key, under the alias: `d` a member, `s` the row that stays. */
function row(alias: 'd' | 's', mapping: CollectionMapping) {
  const at = idColumns(mapping).map((column, no) => sql`${columnRef('t', column)} = ${sql.id('p', `${alias}_${no}`)}`);
  return sql`join lateral (select t.* from ${tableRef(mapping.table)} t where ${sql.join(at, sql` and `)} ${computedOnce})
    ${sql.id(alias)} on true`;
}
