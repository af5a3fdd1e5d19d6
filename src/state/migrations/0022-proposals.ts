import { type Kysely, sql } from 'kysely';

/**
 * Proposals of a model or of rules, by question; budgets of runs for a model, and their use; rows that runs added; and
 * the result for each entity. Workers of an earlier release write none of them.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table coppice.proposals (
     id bigint generated always as identity primary key,
     job text not null,
     collection text not null,
     partition text not null,
     subject text not null,
     question text not null,
     state text not null,
     former_state text,
     asked boolean not null,
     content jsonb,
     problem text,
     due integer not null default 0,
     prompt_version text,
     model text,
     calls integer not null default 0,
     input_tokens bigint not null default 0,
     output_tokens bigint not null default 0,
     run_no bigint,
     applied_run_no bigint,
     claimed_until timestamptz,
     created_at timestamptz not null default now(),
     answered_at timestamptz,
     decided_at timestamptz,
     decided_by text,
     unique (job, collection, partition, subject, question)
   )`,
  `create index proposals_state on coppice.proposals (job, collection, state)`,
  `create table coppice.model_budgets (
     run_no bigint primary key,
     calls bigint not null default 0,
     tokens bigint not null default 0
   )`,
  `create table coppice.model_usage (
     model text not null,
     outcome text not null,
     calls bigint not null default 0,
     input_tokens bigint not null default 0,
     output_tokens bigint not null default 0,
     seconds double precision not null default 0,
     primary key (model, outcome)
   )`,
  `create table coppice.added_rows (
     run_no bigint not null,
     part_no integer not null,
     collection text not null,
     row_id text not null,
     digest text not null,
     refused bigint,
     added_at timestamptz not null default now(),
     primary key (run_no, part_no, collection, row_id)
   )`,
  `create table coppice.entity_results (
     run_no bigint not null,
     collection text not null,
     partition text not null,
     subject text not null,
     attributes_before integer not null,
     attributes_after integer not null,
     categories text[] not null default '{}',
     error text,
     primary key (run_no, collection, partition, subject)
   )`,
];
