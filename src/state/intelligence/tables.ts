import { type RawBuilder, sql } from 'kysely';
import type { Db, Tx } from '../../database/schema.ts';
import { ensureSchema } from '../migrate.ts';

/** The schema of the tables that Coppice makes for an application to read. */
const schema = 'knowledge';

/** Tables of results about questions. `docs/intelligence.md` describes their columns. */
const definitions = {
  topic_extractions: `(
    collection text not null,
    query_id text not null,
    user_id text not null,
    asked_at timestamptz not null,
    language text,
    method text not null,
    phrases text[] not null,
    terms text[] not null,
    question_key text not null,
    answered boolean not null,
    answer_score double precision,
    topic_id text,
    topic text,
    organisation_topic_id text,
    extracted_at timestamptz not null default now(),
    source_hash bigint,
    primary key (collection, query_id)
  )`,
  user_insights: `(
    id text primary key,
    collection text not null,
    scope text not null,
    user_id text not null,
    kind text not null,
    subject_type text not null,
    subject text not null,
    title text not null,
    statistic jsonb not null,
    evidence jsonb not null,
    period_start timestamptz not null,
    period_end timestamptz not null,
    first_seen timestamptz not null,
    updated_at timestamptz not null default now()
  )`,
  org_knowledge: `(
    collection text not null,
    topic_id text not null,
    topic text not null,
    phrases text[] not null,
    users_at_least integer not null,
    questions_at_least integer not null,
    first_asked date not null,
    last_asked date not null,
    updated_at timestamptz not null default now(),
    primary key (collection, topic_id)
  )`,
  intelligence_reports: `(
    id text primary key,
    collection text not null,
    scope text not null,
    user_id text not null,
    report_type text not null,
    period_start timestamptz not null,
    period_end timestamptz not null,
    method text not null,
    report jsonb not null,
    created_at timestamptz not null default now(),
    unique (collection, scope, user_id, report_type, period_start)
  )`,
} as const;
const indexes = [
  `topic_extractions_user on ${schema}.topic_extractions (collection, user_id, asked_at)`,
  `topic_extractions_asked_at on ${schema}.topic_extractions (collection, asked_at)`,
  `user_insights_period on ${schema}.user_insights (scope, user_id, period_end)`,
];

export type ResultTable = keyof typeof definitions;
export const resultTables = Object.keys(definitions).filter((name): name is ResultTable => name in definitions);

export function resultTable(name: ResultTable): RawBuilder<unknown> {
  return sql.id(schema, name);
}

/** The same as a name for grants and for the catalogue. */
export function resultTableName(name: ResultTable): { readonly schema: string; readonly name: string } {
  return { schema, name };
}

export async function ensureResultTables(tx: Tx): Promise<void> {
  await ensureSchema(tx, schema);
  for (const name of resultTables) {
    await sql`create table if not exists ${resultTable(name)} ${sql.raw(definitions[name])}`.execute(tx);
  }
  for (const index of indexes) await sql`create index if not exists ${sql.raw(index)}`.execute(tx);
}

/** They exist once a collection of questions is configured and the database was migrated. */
export async function hasResultTables(db: Db): Promise<boolean> {
  const { rows } = await sql<{ exists: boolean }>`
    select bool_and(to_regclass(name) is not null) as exists
    from unnest(${resultTables.map((name) => `${schema}.${name}`)}::text[]) name`.execute(db);
  return rows[0]?.exists === true;
}
