import { sql } from 'kysely';
import type { Db } from '../../database/schema.ts';

export interface WeekOfRuns {
  readonly job: string;
  readonly status: string;
  readonly count: number;
}

/** Runs that ended within so many hours, by job and status. */
export async function runsWithin(db: Db, hours: number): Promise<readonly WeekOfRuns[]> {
  const { rows } = await sql<WeekOfRuns>`
    select job, status, count(*)::int8 as count from coppice.runs
    where finished_at > now() - make_interval(hours => ${hours}::int) and kind <> 'preview'
    group by job, status order by job, status`.execute(db);
  return rows;
}
