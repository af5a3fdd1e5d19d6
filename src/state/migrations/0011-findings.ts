import { type Kysely, sql } from 'kysely';

/** Rows that a run left out, by partition, and collections that it could not read. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table coppice.run_partitions add column findings jsonb not null default '[]'`.execute(db);
  await sql`alter table coppice.runs add column failed_collections jsonb not null default '[]'`.execute(db);
}
