import { type Kysely, sql } from 'kysely';

/**
 * Hashes of questions are made in another way, which takes a third of the time. An extraction without a hash stays as it is:
 * with the former hash, every question would be extracted again.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table if exists knowledge.topic_extractions drop column if exists source_hash`.execute(db);
  await sql`alter table if exists knowledge.topic_extractions add column if not exists source_hash bigint`.execute(db);
}
