import { type RawBuilder, sql } from 'kysely';
import { tableRef } from '../../../database/identifiers.ts';
import { hasKey, idText, keyColumns, keyNames, keysOf, lacksId } from '../../../database/row-ids.ts';
import type { Db, Tx } from '../../../database/schema.ts';
import { fieldOf, requiredField, requiredTimeField } from '../../../domain/mapped-fields.ts';
import type { CollectionMapping } from '../../../domain/mapping.ts';
import { hasResultTables, resultTable } from '../../../state/intelligence/tables.ts';
import type { CountedQuestions, DueQuestion, PartPlace, QuestionCount } from '../../ports/query-table.ts';
import { dueTable } from '../due-rows.ts';
import { readInstant, textOf, writtenOf } from '../fields.ts';
import { itemsTable } from '../items.ts';
import { hasReadableJson, isCounted } from '../scope.ts';

const usersPerPage = 1_000;
/** The topic of a question is in its beginning, and a batch stays small whatever a row holds. */
const mostCharacters = 20_000;

function askedAt(mapping: CollectionMapping): RawBuilder<Date | null> {
  const field = requiredTimeField(mapping, 'asked_at');
  return readInstant(writtenOf('d', field), field);
}

function isUnreadable(mapping: CollectionMapping): RawBuilder<boolean> {
  return sql`(${lacksId('d', mapping)} or not ${hasReadableJson('d', mapping)} or ${askedAt(mapping)} is null
    or ${textOf('d', requiredField(mapping, 'question'))} is null)`;
}

/** Cutting a text counts its characters, which takes longer than to hash it: most are short enough by their bytes. */
function textOfQuestion(mapping: CollectionMapping): RawBuilder<string> {
  const text = textOf('d', requiredField(mapping, 'question'));
  const most = sql.lit(mostCharacters);
  return sql`(case when octet_length(${text}) <= ${most} then ${text} else left(${text}, ${most}) end)`;
}

function answered(mapping: CollectionMapping): RawBuilder<boolean> {
  const answer = fieldOf(mapping, 'answer');
  return answer === null ? sql`true` : sql`coalesce(btrim(${textOf('d', answer)}), '') <> ''`;
}

function answerScore(mapping: CollectionMapping): RawBuilder<number | null> {
  const field = fieldOf(mapping, 'answer_score');
  const text = field === null ? sql`null::text` : textOf('d', field);
  return sql`case when pg_input_is_valid(${text}, 'float8') then ${text}::float8 end`;
}

/**
 * Of everything that an extraction is made from; null where the row cannot be read. A survey hashes every question: a hash
 * of a text that joins the values takes three times as long.
 */
function sourceHash(mapping: CollectionMapping): RawBuilder<string | null> {
  const isAnswered = sql`(case when ${answered(mapping)} then 1 else 0 end)`;
  const score = sql`coalesce(hashfloat8extended(${answerScore(mapping)}, ${isAnswered}), ${isAnswered})`;
  const time = sql`timestamp_hash_extended(${askedAt(mapping)} at time zone 'UTC', ${score})`;
  const user = sql`hashtextextended(coalesce(${textOf('d', mapping.partition)}, '') collate "C", ${time})`;
  return sql`case when not ${isUnreadable(mapping)} then hashtextextended(${textOfQuestion(mapping)} collate "C", ${user}) end`;
}

const noExtractions = sql`(select null::text as query_id, null::text as user_id, null::bigint as source_hash where false)`;

/**
 * One join of questions and extractions: a question without one is due, and so is one that has changed since; an extraction
 * without a question is stale, and so is one of a changed question. Extractions without a hash stay.
 */
function findings(mapping: CollectionMapping, known: boolean): RawBuilder<unknown> {
  const extracted = known
    ? sql`(select query_id, user_id, source_hash from ${resultTable('topic_extractions')} where collection = ${sql.lit(mapping.name)})`
    : noExtractions;
  const keys = sql.join(keyNames(mapping).map((name) => sql`q.${sql.id(name)}`));
  return sql`
    select * from (
      select ${keys}, coalesce(q.query_id, e.query_id) as query_id, case when q.present then q.user_id else e.user_id end as user_id,
        coalesce(q.present and not q.unreadable and (e.query_id is null or q.source_hash <> e.source_hash), false) as due,
        coalesce(e.query_id is not null and (q.present is null or q.source_hash <> e.source_hash), false) as stale
      from (select true as present, ${idText('d', mapping)} as query_id, ${keyColumns('d', mapping)},
          ${textOf('d', mapping.partition)} as user_id, ${isUnreadable(mapping)} as unreadable, ${sourceHash(mapping)} as source_hash
        from ${tableRef(mapping.table)} d where ${isCounted(mapping)}) q
      full join ${extracted} e on e.query_id = q.query_id
    ) f where due or stale`;
}

export async function* countQuestions(
  tx: Tx,
  mapping: CollectionMapping,
  { extractions, runNo }: CountedQuestions,
): AsyncGenerator<readonly QuestionCount[]> {
  // A preview needs no table of Coppice's.
  const known = extractions && (await hasResultTables(tx));
  const table = runNo === null ? null : dueTable(runNo, mapping);
  if (table !== null) await sql`create table ${table} as ${findings(mapping, known)}`.execute(tx);
  const ungrouped = known
    ? sql`select subject from coppice.topic_scopes where collection = ${mapping.name} and scope = 'user'
        and new_rows > 0 and new_rows * 10 >= grouped_rows`
    : sql`select null::text as subject where false`;
  const { rows } = await sql<QuestionCount>`
    select c.user_id as "user", sum(c.rows)::int8 as rows, sum(c.unreadable)::int8 as unreadable, sum(c.due)::int8 as due,
      sum(c.digest)::text as digest, sum(c.stale)::int8 as stale, bool_or(u.subject is not null) as ungrouped
    from (
      select ${textOf('d', mapping.partition)} as user_id, count(*) as rows, count(*) filter (where ${isUnreadable(mapping)}) as unreadable,
        0 as due, 0 as digest, 0 as stale
      from ${tableRef(mapping.table)} d where ${isCounted(mapping)} group by 1
      union all
      select f.user_id, 0, 0, count(*) filter (where f.due),
        coalesce(sum(hashtextextended(f.query_id, 0)) filter (where f.due), 0), count(*) filter (where f.stale)
      from ${table ?? sql`(${findings(mapping, known)})`} f group by 1
    ) c left join (${ungrouped}) u on u.subject = c.user_id
    group by c.user_id order by c.user_id collate "C" nulls first`.execute(tx);
  for (let at = 0; at < rows.length; at += usersPerPage) yield rows.slice(at, at + usersPerPage);
}

export async function collectQuestions(tx: Tx, mapping: CollectionMapping, runNo: number): Promise<void> {
  const items = itemsTable(runNo, mapping);
  const found = dueTable(runNo, mapping);
  const id = keyNames(mapping).length === 1 ? sql`` : sql`f.query_id as id, `;
  await sql`create table ${items} as
    select row_number() over () as place, p.no as part, ${id}${keysOf('f', mapping)}
    from ${found} f
      join coppice.run_partitions p on p.run_no = ${sql.lit(runNo)} and p.collection = ${sql.lit(mapping.name)}
        and p.partition = f.user_id
    where f.due`.execute(tx);
  // It looks at all extractions, and mostly there is nothing to delete.
  await sql`delete from ${resultTable('topic_extractions')} e using ${found} f
    where f.stale and e.collection = ${mapping.name} and e.query_id = f.query_id`.execute(tx);
  await sql`drop table ${found}`.execute(tx);
  await sql`create index on ${items} (part, place)`.execute(tx);
  await sql`analyze ${items} (part, place)`.execute(tx);
}

export async function dueQuestions(
  db: Db,
  mapping: CollectionMapping,
  runNo: number,
  parts: readonly PartPlace[],
  limit: number | null,
): Promise<readonly DueQuestion[]> {
  const { rows } = await sql<DueQuestion>`
    select i.part as "partNo", i.place::text as place, ${idText('d', mapping)} as id,
      ${textOf('d', mapping.partition)} as "user", ${textOfQuestion(mapping)} as text, ${askedAt(mapping)} as "askedAt",
      ${answered(mapping)} as answered, ${answerScore(mapping)} as "answerScore", ${sourceHash(mapping)}::text as "sourceHash"
    from unnest(${parts.map(({ no }) => no)}::int[], ${parts.map(({ after }) => after ?? '0')}::int8[]) as b (no, after)
      join ${itemsTable(runNo, mapping)} i on i.part = b.no and i.place > b.after
      join ${tableRef(mapping.table)} d on ${hasKey('d', mapping, 'i')}
    order by i.part, i.place limit ${limit}`.execute(db);
  return rows;
}
