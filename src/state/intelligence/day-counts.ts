import { sql } from 'kysely';
import type { Db } from '../../database/schema.ts';
import { resultTable } from './tables.ts';

/** Questions of one day in UTC, and the different users who asked them. */
export interface DayCount {
  /** Empty for the organisation. */
  readonly subject: string;
  readonly date: string;
  readonly count: number;
  readonly users: number;
}

/** Of each user, or with `null` of all together under the empty name; days without a question are left out. */
export async function countDays(
  db: Db,
  {
    collection,
    users,
    start,
    end,
  }: {
    readonly collection: string;
    readonly users: readonly string[] | null;
    readonly start: Date;
    readonly end: Date;
  },
): Promise<readonly DayCount[]> {
  const names = users === null ? null : [...users];
  const { rows } = await sql<DayCount>`
    select ${users === null ? sql`''::text` : sql`user_id`} as subject,
      to_char(asked_at at time zone 'UTC', 'YYYY-MM-DD') as date, count(*)::int as count, count(distinct user_id)::int as users
    from ${resultTable('topic_extractions')}
    where collection = ${collection} and asked_at >= ${start} and asked_at < ${end}
      and (${names}::text[] is null or user_id = any(${names}::text[]))
    group by 1, 2 order by 1, 2`.execute(db);
  return rows;
}
