import { sql } from 'kysely';
import { tableRef } from '../../../database/identifiers.ts';
import { idText, isOneOf } from '../../../database/row-ids.ts';
import type { Db, Tx } from '../../../database/schema.ts';
import type { CollectionMapping } from '../../../domain/mapping.ts';
import { resultTable } from '../../../state/intelligence/tables.ts';
import type { AddingRun, NewExtraction, StoredExtraction } from '../../ports/query-table.ts';
import type { LiveTable } from '../table.ts';

/** Of an extraction what is written once: topics are assigned again as they change. */
export function extractionDigest(alias: string) {
  const column = (name: string) => sql.id(alias, name);
  return sql<string>`md5(jsonb_build_array(${column('user_id')}, extract(epoch from ${column('asked_at')}),
    ${column('language')}, ${column('method')}, to_jsonb(${column('phrases')}), to_jsonb(${column('terms')}),
    ${column('question_key')}, ${column('answered')}, ${column('answer_score')})::text)`;
}

export async function addExtractions(
  tx: Tx,
  { name }: CollectionMapping,
  { runNo, keep }: AddingRun,
  extractions: readonly NewExtraction[],
): Promise<ReadonlyMap<number, number>> {
  if (extractions.length === 0) return new Map();
  const given = extractions.map(({ partNo, askedAt, answerScore, sourceHash, topic, ...one }) => {
    return {
      ...one,
      part: partNo,
      asked_at: askedAt,
      answer_score: answerScore,
      source_hash: sourceHash,
      topic_id: topic?.id,
      topic: topic?.label,
    };
  });
  const { rows } = await sql<{ part: number; added: number }>`
    with given as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as g (part int, id text, "user" text,
        asked_at timestamptz, language text, method text, phrases text[], terms text[], key text, answered boolean,
        answer_score float8, source_hash bigint, topic_id text, topic text)
    ),
    added as (
      insert into ${resultTable('topic_extractions')} as e (collection, query_id, user_id, asked_at, language, method, phrases,
        terms, question_key, answered, answer_score, source_hash, topic_id, topic)
      select ${name}, id, "user", asked_at, language, method, phrases, terms, key, answered, answer_score, source_hash, topic_id,
        topic
      from given order by id
      on conflict (collection, query_id) do nothing
      returning e.query_id, e.user_id, ${extractionDigest('e')} as digest
    ),
    recorded as (
      insert into coppice.added_rows (run_no, part_no, collection, row_id, digest)
      select ${runNo}, g.part, ${name}, a.query_id, a.digest from added a join given g on g.id = a.query_id
      where ${keep}::boolean
    ),
    counted as (
      select g.part, a.user_id, count(*)::int as added from added a join given g on g.id = a.query_id group by 1, 2
    ),
    noted as (
      insert into coppice.topic_scopes as s (collection, scope, subject, new_rows)
      select ${name}, 'user', user_id, added from counted
      on conflict (collection, scope, subject) do update set new_rows = s.new_rows + excluded.new_rows
    )
    select part, added from counted`.execute(tx);
  return new Map(rows.map(({ part, added }) => [part, added]));
}

/** Vectors are read where they are a column of the row. */
export async function latestExtractions(
  db: Db,
  table: LiveTable,
  user: string | null,
  limit: number,
): Promise<readonly StoredExtraction[]> {
  const { mapping } = table;
  const { rows } = await sql<Omit<StoredExtraction, 'vector'>>`
    select e.query_id as id, e.user_id as "user", e.phrases, e.terms, coalesce(t.no, -1) as "topicNo"
    from ${resultTable('topic_extractions')} e
      left join coppice.topics t on t.id = ${user === null ? sql`e.organisation_topic_id` : sql`e.topic_id`}
    where e.collection = ${mapping.name} and (${user}::text is null or e.user_id = ${user}::text)
    order by e.asked_at desc, e.query_id collate "C" limit ${limit}`.execute(db);
  const vectors = await vectorsOf(
    db,
    table,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => ({ ...row, vector: vectors.get(row.id) ?? null }));
}

async function vectorsOf(
  db: Db,
  table: LiveTable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, readonly number[]>> {
  const { mapping } = table;
  if (mapping.vectors.in !== 'row' || ids.length === 0) return new Map();
  const column = sql.id('d', mapping.vectors.column);
  const { rows } = await sql<{ id: string; vector: number[] }>`
    select ${idText('d', mapping)} as id, ${column}::real[] as vector from ${tableRef(mapping.table)} d
    where ${isOneOf('d', table, ids)} and ${column} is not null`.execute(db);
  return new Map(rows.map(({ id, vector }) => [id, vector]));
}
