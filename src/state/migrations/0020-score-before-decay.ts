import { type Kysely, sql } from 'kysely';

/** The score that a memory had before the latest decay: a cleanup in the same `run all` goes by that. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table coppice.decay_bases add column score_before double precision`.execute(db);
}
