import { type Kysely, sql } from 'kysely';

/** Answers of a model about pairs of memories. Workers of an earlier release write none of them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table coppice.memory_verdicts (
     collection text not null,
     partition text not null,
     pair text not null,
     texts text not null,
     verdict text not null,
     prompt_version text not null,
     model text not null,
     answered_at timestamptz not null default now(),
     primary key (collection, partition, pair)
   )`.execute(db);
}
