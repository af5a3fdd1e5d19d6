import { type Kysely, sql } from 'kysely';

/**
 * Topics of users and of the organisation with their state, and reports that a later one of the same period replaced.
 * Workers of an earlier release write none of them.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table coppice.topics (
     collection text not null,
     scope text not null,
     subject text not null,
     no integer not null,
     id text not null unique,
     label text not null,
     phrases text[] not null,
     weights jsonb not null,
     rows integer not null,
     updated_at timestamptz not null default now(),
     primary key (collection, scope, subject, no)
   )`,
  `create table coppice.topic_scopes (
     collection text not null,
     scope text not null,
     subject text not null,
     next_no integer not null default 0,
     grouped_rows integer not null default 0,
     new_rows integer not null default 0,
     background jsonb,
     grouped_at timestamptz,
     primary key (collection, scope, subject)
   )`,
  `create table coppice.former_reports (
     id bigint generated always as identity primary key,
     report_id text not null,
     collection text not null,
     scope text not null,
     user_id text not null,
     report jsonb not null,
     created_at timestamptz not null,
     replaced_at timestamptz not null default now(),
     run_no bigint
   )`,
  'create index former_reports_report on coppice.former_reports (report_id)',
];
