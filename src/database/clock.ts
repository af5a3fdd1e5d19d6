import { sql } from 'kysely';
import type { Db } from './schema.ts';

/** The database's clock, to the millisecond that Temporal, JSON and JavaScript can carry. */
export async function databaseNow(db: Db): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`select date_trunc('milliseconds', clock_timestamp()) as now`.execute(db);
  const now = rows[0]?.now;
  if (now === undefined) throw new Error('the database did not return its time');
  return now;
}
