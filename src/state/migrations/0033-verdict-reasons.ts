import { type Kysely, sql } from 'kysely';

/** Reasons of verdicts about pairs. Workers of an earlier release write none. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table coppice.memory_verdicts add column reason text`.execute(db);
}
