import { type Kysely, sql } from 'kysely';

/** Pairs of entities and facts that were found to be one thing, and what became of each. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table coppice.merges (
     id bigint generated always as identity primary key,
     key text not null unique,
     graph text not null,
     group_id text not null,
     kind text not null,
     type text not null,
     survivor text not null,
     loser text not null,
     state text not null,
     bits double precision,
     guard text,
     evidence jsonb not null,
     reason text,
     run_no bigint,
     applied_run_no bigint,
     part_no integer,
     created_at timestamptz not null default now(),
     merged_at timestamptz,
     decided_at timestamptz,
     decided_by text
   )`,
  'create index merges_state on coppice.merges (graph, state, id)',
  'create index merges_applied on coppice.merges (applied_run_no) where applied_run_no is not null',
];
