import { type Kysely, sql } from 'kysely';

/**
 * The installation's configured name, and what its schedules' ids begin with: null until a worker records them. Each
 * worker records the prefix of its own configuration, so that two configurations on one database notice each other.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table coppice.installation add column name text, add column schedule_prefix text`.execute(db);
  await sql`alter table coppice.workers add column schedule_prefix text`.execute(db);
}
