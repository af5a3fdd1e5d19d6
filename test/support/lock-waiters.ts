import { sql } from 'kysely';
import type { Db } from '../../src/database/schema.ts';

/** Sessions of this database that wait for somebody's lock. */
export async function lockWaiters(db: Db): Promise<number> {
  const { rows } = await sql`select from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`.execute(db);
  return rows.length;
}
