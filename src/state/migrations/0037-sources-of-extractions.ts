import { type Kysely, sql } from 'kysely';

/**
 * Hash of the question that an extraction was made of, so that a question that changed is extracted again. Extractions of
 * earlier releases have none and stay as they are.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table if exists knowledge.topic_extractions add column if not exists source_hash bigint`.execute(db);
}
