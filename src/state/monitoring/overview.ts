import { sql } from 'kysely';
import type { Db } from '../../database/schema.ts';
import type { SurveyJson } from '../../domain/run.ts';

/** Aggregates of the overview. None of them reads more runs than it returns: see the indexes of migration 0030. */

/** Beyond it a count is not exact. */
const mostCounted = 10_000;

export interface UndecidedRun {
  readonly run_id: string;
  readonly job: string;
  readonly since: Date;
  readonly cutoff: Date | null;
  readonly due: number;
  readonly would_delete: number;
  readonly share: number;
  readonly would_hold: readonly string[];
  readonly partition_count: number;
}

/** Held runs that wait for a person, the latest first. */
export async function undecidedRuns(db: Db, limit: number): Promise<{ runs: readonly UndecidedRun[]; count: number }> {
  const { rows } = await sql<UndecidedRun>`
    select run_id, job, coalesce(finished_at, asked_at) as since, cutoff,
      coalesce((survey ->> 'due')::int8, (survey ->> 'would_delete')::int8, 0) as due,
      coalesce((survey ->> 'would_delete')::int8, 0) as would_delete,
      coalesce((survey ->> 'share')::float8, 0) as share, coalesce(survey -> 'would_hold', '[]') as would_hold,
      coalesce((survey ->> 'partition_count')::int8, 0) as partition_count
    from coppice.runs where status = 'held' and approval is null order by no desc limit ${sql.lit(limit)}`.execute(db);
  const count = await countOf(db, sql`coppice.runs where status = 'held' and approval is null`);
  return { runs: rows, count };
}

interface WorkCounts {
  readonly alerts: number;
  readonly open_runs: number;
  /** That wait for a person. */
  readonly proposals: number;
  readonly merges: number;
}

export async function countsOfWork(db: Db): Promise<WorkCounts> {
  return {
    alerts: await countOf(db, sql`coppice.alerts where resolved_at is null`),
    open_runs: await countOf(db, sql`coppice.runs where status in ('pending', 'running')`),
    // A proposal that the next run applies by itself waits for nobody, unless runs leave it.
    proposals: await countOf(
      db,
      sql`coppice.proposals where state = 'related' or (state = 'proposed' and answered_at < now() - interval '1 day')`,
    ),
    merges: await countOf(db, sql`coppice.merges where state = 'review'`),
  };
}

export async function deadLettersByJob(db: Db): Promise<readonly { job: string; count: number }[]> {
  const { rows } = await sql<{ job: string; count: number }>`
    select job, count(*)::int8 as count from (select job from coppice.dead_letters limit ${sql.lit(mostCounted)}) d
    group by job order by job`.execute(db);
  return rows;
}

/** Counts by name of what runs did that ended within so many hours. */
export async function changesWithin(db: Db, hours: number) {
  const { rows } = await sql<{ collection: string; job: string; name: string; count: number }>`
    select collection, job, name, sum(count)::int8 as count from coppice.change_counts
    where hour > now() - make_interval(hours => ${hours}::int + 1)
    group by collection, job, name order by collection, job, name`.execute(db);
  return rows;
}

/** The same by day (UTC), for charts. */
export async function changesByDay(db: Db, days: number) {
  const { rows } = await sql<{ day: string; collection: string; name: string; count: number }>`
    select to_char(hour at time zone 'UTC', 'YYYY-MM-DD') as day, collection, name, sum(count)::int8 as count
    from coppice.change_counts where hour >= date_trunc('day', now(), 'UTC') - make_interval(days => ${days}::int - 1)
    group by 1, 2, 3 order by 1, 2, 3`.execute(db);
  return rows;
}

export interface LastSurvey {
  readonly job: string;
  readonly run_id: string;
  readonly cutoff: Date;
  readonly due: number;
  readonly rows: number;
  readonly collections: NonNullable<SurveyJson['collections']>;
}

/** The latest survey of each job. */
export async function lastSurveys(db: Db, jobs: readonly string[]): Promise<readonly LastSurvey[]> {
  const { rows } = await sql<LastSurvey>`
    select j.job, s.run_id, s.cutoff, coalesce((s.survey ->> 'due')::int8, (s.survey ->> 'would_delete')::int8, 0) as due,
      coalesce((s.survey ->> 'rows')::int8, 0) as rows, coalesce(s.survey -> 'collections', '[]') as collections
    from unnest(${[...jobs]}::text[]) j (job), lateral (
      select run_id, cutoff, survey from coppice.runs r where r.job = j.job and r.survey is not null
      order by no desc limit 1) s
    order by j.job`.execute(db);
  return rows;
}

export interface CollectionDay {
  readonly collection: string;
  readonly day: string;
  readonly rows: number;
}

export async function collectionDays(db: Db, days: number): Promise<readonly CollectionDay[]> {
  const { rows } = await sql<CollectionDay>`
    select collection, to_char(day, 'YYYY-MM-DD') as day, rows from coppice.collection_days
    where day > current_date - ${days}::int order by collection, day`.execute(db);
  return rows;
}

/** The rows that a collection has today; a later count of the day takes the place of an earlier one. */
export async function putCollectionDay(db: Db, collection: string, rows: number): Promise<void> {
  await sql`insert into coppice.collection_days (collection, day, rows) values (${collection}, current_date, ${rows})
    on conflict (collection, day) do update set rows = excluded.rows`.execute(db);
}

async function countOf(db: Db, rows: ReturnType<typeof sql>): Promise<number> {
  const found = await sql<{ count: number }>`
    select count(*)::int8 as count from (select from ${rows} limit ${sql.lit(mostCounted)}) c`.execute(db);
  return found.rows[0]?.count ?? 0;
}
