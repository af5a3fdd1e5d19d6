import { sql } from 'kysely';
import type { Db } from '../../src/database/schema.ts';

/** Configuration of an application that holds the results about its questions in tables of its own. */
export const mappedResults = {
  tables: {
    topic_extractions: 'app.topics',
    user_insights: 'app.insights',
    org_knowledge: 'app.shared',
    intelligence_reports: 'public_reports',
  },
};

/** Those tables, as an application writes them: by the document, in its own order, with a column of its own. */
const statements = [
  'create schema if not exists app',
  `create table app.topics (
    note text, source_hash bigint, collection text, query_id text, user_id text, asked_at timestamptz, language text, method text,
    phrases text[], terms text[], question_key text, answered boolean, answer_score double precision, topic_id text, topic text,
    organisation_topic_id text, extracted_at timestamptz not null default now(), unique (query_id, collection))`,
  `create table app.insights (
    id text primary key, tenant int not null default 1, collection text, scope text, user_id text, kind text, subject_type text,
    subject text, title text, statistic jsonb, evidence jsonb, period_start timestamptz, period_end timestamptz,
    first_seen timestamptz, updated_at timestamptz default now())`,
  `create table app.shared (
    collection text, topic_id text, topic text, phrases text[], users_at_least int, questions_at_least int, first_asked date,
    last_asked date, updated_at timestamptz default now(), primary key (collection, topic_id))`,
  `create table public.public_reports (
    id text primary key, collection text, scope text, user_id text, report_type text, period_start timestamptz,
    period_end timestamptz, method text, report jsonb, created_at timestamptz default now())`,
];

export async function createMappedResults(db: Db): Promise<void> {
  for (const text of statements) await sql.raw(text).execute(db);
}

/** Names of the tables of results in schema `knowledge`. */
export async function ownResultTables(db: Db): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select relname as name from pg_class where relnamespace = to_regnamespace('knowledge') and relkind = 'r'
      and relname in ('topic_extractions', 'user_insights', 'org_knowledge', 'intelligence_reports') order by 1`.execute(
    db,
  );
  return rows.map(({ name }) => name);
}
