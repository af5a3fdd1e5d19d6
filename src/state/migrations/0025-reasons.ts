import { type Kysely, sql } from 'kysely';

/** Why a person asked for a run, and who turned a held one down. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table coppice.runs add column reason text, add column rejection jsonb`.execute(db);
}
