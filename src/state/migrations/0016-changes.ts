import { type Kysely, sql } from 'kysely';

/**
 * Tables and columns for jobs that change rows: a count of recorded rows beside that of removed ones, holds of other rules than the
 * expiry date, and the scores that decay counts from. Workers of an earlier release go on: they write neither.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  'alter table coppice.run_partitions add column recorded bigint not null default 0',
  `create table coppice.rule_holds (
     collection text not null,
     row_id text not null,
     rule text not null,
     partition text not null,
     state text not null,
     run_id text not null,
     created_at timestamptz not null default now(),
     primary key (collection, row_id, rule)
   )`,
  // Rows are rewritten by every run: room on each page keeps the new version beside the old one.
  `create table coppice.decay_bases (
     collection text not null,
     row_id text not null,
     score double precision not null,
     counted_from timestamptz not null,
     accessed_at timestamptz not null,
     stored text not null,
     written_at timestamptz not null,
     primary key (collection, row_id)
   ) with (fillfactor = 80)`,
];
