import { type RawBuilder, sql } from 'kysely';
import { tableRef } from '../../../database/identifiers.ts';
import { hasKey, idText, keyColumns, keyNames, lacksId } from '../../../database/row-ids.ts';
import type { Db, Tx } from '../../../database/schema.ts';
import { fieldOf, requiredField, requiredTimeField } from '../../../domain/mapped-fields.ts';
import type { CollectionMapping } from '../../../domain/mapping.ts';
import { hasResultTables, resultTable } from '../../../state/intelligence/tables.ts';
import type { DueQuestion, PartPlace, QuestionCount } from '../../ports/query-table.ts';
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

function textOfQuestion(mapping: CollectionMapping): RawBuilder<string> {
  return sql`left(${textOf('d', requiredField(mapping, 'question'))}, ${sql.lit(mostCharacters)})`;
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

/** Of everything that an extraction is made from; null where the row cannot be read. */
function sourceHash(mapping: CollectionMapping): RawBuilder<string | null> {
  return sql`case when not ${isUnreadable(mapping)} then
    hashtextextended(jsonb_build_array(${textOf('d', mapping.partition)}, extract(epoch from ${askedAt(mapping)}),
      ${answered(mapping)}, ${answerScore(mapping)}, ${textOfQuestion(mapping)})::text, 0) end`;
}

/** Whether the row `d` is as extraction `e` found it. Extractions of earlier releases have no hash, and stay. */
function isAsExtracted(mapping: CollectionMapping): RawBuilder<boolean> {
  return sql`coalesce(e.source_hash = ${sourceHash(mapping)}, true)`;
}

const noExtractions = sql`(select null::text as query_id, null::text as user_id, null::bigint as source_hash where false)`;

/**
 * One join of questions and extractions: a question without one is due, and so is one that has changed since; an extraction
 * without a question is stale, and so is one of a changed question.
 */
export async function* countQuestions(
  tx: Tx,
  mapping: CollectionMapping,
  extractions: boolean,
): AsyncGenerator<readonly QuestionCount[]> {
  // A preview needs no table of Coppice's.
  const known = extractions && (await hasResultTables(tx));
  const extracted = known
    ? sql`(select query_id, user_id, source_hash from ${resultTable('topic_extractions')} where collection = ${mapping.name})`
    : noExtractions;
  const ungrouped = known
    ? sql`select subject from coppice.topic_scopes where collection = ${mapping.name} and scope = 'user'
        and new_rows > 0 and new_rows * 10 >= grouped_rows`
    : sql`select null::text as subject where false`;
  const isDue = sql`(exists_already and not unreadable and (not extracted or changed))`;
  const { rows } = await sql<QuestionCount>`
    with counted as (
      select q.id, coalesce(q.present, false) as exists_already, q.unreadable, e.query_id is not null as extracted,
        case when q.present then q.user_id else e.user_id end as user_id,
        coalesce(q.source_hash <> e.source_hash, false) as changed
      from (select true as present, ${idText('d', mapping)} as id, ${textOf('d', mapping.partition)} as user_id,
          ${isUnreadable(mapping)} as unreadable, ${sourceHash(mapping)} as source_hash
        from ${tableRef(mapping.table)} d where ${isCounted(mapping)}) q
      full join ${extracted} e on e.query_id = q.id
    )
    select c.user_id as "user", count(*) filter (where exists_already)::int8 as rows,
      count(*) filter (where exists_already and unreadable)::int8 as unreadable, count(*) filter (where ${isDue})::int8 as due,
      coalesce(sum(hashtextextended(id, 0)) filter (where ${isDue}), 0)::text as digest,
      count(*) filter (where not exists_already or changed)::int8 as stale, bool_or(u.subject is not null) as ungrouped
    from counted c left join (${ungrouped}) u on u.subject = c.user_id
    group by c.user_id order by c.user_id collate "C" nulls first`.execute(tx);
  for (let at = 0; at < rows.length; at += usersPerPage) yield rows.slice(at, at + usersPerPage);
}

export async function collectQuestions(tx: Tx, mapping: CollectionMapping, runNo: number): Promise<void> {
  const items = itemsTable(runNo, mapping);
  const extractions = resultTable('topic_extractions');
  const id = keyNames(mapping).length === 1 ? sql`` : sql`${idText('d', mapping)} as id, `;
  await sql`create table ${items} as
    select row_number() over () as place, p.no as part, ${id}${keyColumns('d', mapping)}
    from ${tableRef(mapping.table)} d
      join coppice.run_partitions p on p.run_no = ${sql.lit(runNo)} and p.collection = ${sql.lit(mapping.name)}
        and p.partition = ${textOf('d', mapping.partition)}
    where ${isCounted(mapping)} and not ${isUnreadable(mapping)}
      and not exists (select from ${extractions} e where e.collection = ${sql.lit(mapping.name)}
        and e.query_id = ${idText('d', mapping)} and ${isAsExtracted(mapping)})`.execute(tx);
  await sql`create index on ${items} (part, place)`.execute(tx);
  await sql`analyze ${items} (part, place)`.execute(tx);
}

export async function deleteStale(tx: Tx, mapping: CollectionMapping): Promise<void> {
  await sql`delete from ${resultTable('topic_extractions')} e where e.collection = ${mapping.name}
    and not exists (select from ${tableRef(mapping.table)} d where ${isCounted(mapping)}
      and ${idText('d', mapping)} = e.query_id and ${isAsExtracted(mapping)})`.execute(tx);
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
