import { type Kysely, sql } from 'kysely';

/**
 * The configuration and the release of each worker, and the time of its start. Workers of an earlier release record
 * neither.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table coppice.workers add column started_at timestamptz, add column configuration text,
    add column release text`.execute(db);
}
