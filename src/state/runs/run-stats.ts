import { sql } from 'kysely';
import type { Db } from '../../database/schema.ts';
import type { WorkerUsage } from '../../domain/run.ts';
import { isRunSeen } from './run-pages.ts';
import type { Seen } from './seen.ts';

export interface RunCounts {
  readonly executions: number;
  readonly succeeded: number;
  /** Partial runs count as failed; held, skipped, rejected and cancelled ones as neither. */
  readonly failed: number;
  readonly running: number;
  readonly pending: number;
  readonly mean_duration_ms: number | null;
  /** Failures since the last success. */
  readonly consecutive_failures: number;
  /** Memory and CPU of the last ended run that was measured. */
  readonly last_usage: WorkerUsage | null;
}

export interface RunStats extends RunCounts {
  readonly job: string;
  readonly last_run_at: Date | null;
  readonly last_success_at: Date | null;
  readonly last_failure_at: Date | null;
}

/** By job, over the runs on record; previews and undos do not count. */
export function statsOfRuns(db: Db, seen: Seen, requestedBy: string): Promise<RunStats[]> {
  return seen === null ? statsFromCounts(db) : statsFromRuns(db, seen, requestedBy);
}

/** From the counts that triggers keep, and one look into an index for each date: the cost does not grow with the runs. */
async function statsFromCounts(db: Db): Promise<RunStats[]> {
  const { rows } = await sql<RunStats>`
    with counted as (
      select job, sum(runs)::int8 as executions,
        coalesce(sum(runs) filter (where status = 'success'), 0)::int8 as succeeded,
        coalesce(sum(runs) filter (where status in ('failed', 'partial')), 0)::int8 as failed,
        coalesce(sum(runs) filter (where status = 'running'), 0)::int8 as running,
        coalesce(sum(runs) filter (where status = 'pending'), 0)::int8 as pending,
        (sum(duration_us) filter (where status in ('success', 'failed', 'partial')) / 1000.0
          / nullif(sum(timed_runs) filter (where status in ('success', 'failed', 'partial')), 0))::float8 as mean_duration_ms
      from coppice.run_counts where kind not in ('preview', 'undo') group by job having sum(runs) > 0
    )
    select counted.*,
      case when counted.failed = 0 then 0 when counted.succeeded = 0 then counted.failed else (
        select count(*)::int8 from coppice.runs r where r.job = counted.job and r.status in ('failed', 'partial')
          and r.kind not in ('preview', 'undo') and r.no > (
            select max(s.no) from coppice.runs s where s.job = counted.job and s.status = 'success'
              and s.kind not in ('preview', 'undo'))) end as consecutive_failures,
      (select max(coalesce(r.started_at, r.asked_at)) from coppice.runs r
        where r.job = counted.job and r.kind not in ('preview', 'undo')) as last_run_at,
      ${lastEnd('success')} as last_success_at,
      greatest(${lastEnd('failed')}, ${lastEnd('partial')}) as last_failure_at,
      (select jsonb_build_object('peak_memory_bytes', r.peak_memory_bytes, 'cpu_ms', r.cpu_ms, 'worked_ms', r.worked_ms)
        from coppice.runs r where r.job = counted.job and r.kind not in ('preview', 'undo')
          and r.finished_at is not null and r.worked_ms is not null order by r.no desc limit 1) as last_usage
    from counted order by job`.execute(db);
  return rows;
}

function lastEnd(status: 'success' | 'failed' | 'partial') {
  return sql`(select max(r.finished_at) from coppice.runs r
    where r.job = counted.job and r.status = ${status} and r.kind not in ('preview', 'undo'))`;
}

/** For a token that sees some partitions only: runs that it sees are counted one by one. */
async function statsFromRuns(db: Db, seen: Seen, requestedBy: string): Promise<RunStats[]> {
  const { rows } = await sql<RunStats>`
    with own as materialized (
      select no, job, status, asked_at, started_at, finished_at, peak_memory_bytes, cpu_ms, worked_ms from coppice.runs
      where kind not in ('preview', 'undo') and ${isRunSeen(seen, requestedBy)}
    ),
    ended as (select job, max(no) filter (where status = 'success') as last_success from own group by job)
    select own.job, count(*)::int8 as executions,
      count(*) filter (where status = 'success')::int8 as succeeded,
      count(*) filter (where status in ('failed', 'partial'))::int8 as failed,
      count(*) filter (where status = 'running')::int8 as running,
      count(*) filter (where status = 'pending')::int8 as pending,
      (avg(extract(epoch from finished_at - started_at)) filter (where status in ('success', 'failed', 'partial'))
        * 1000)::float8 as mean_duration_ms,
      count(*) filter (where status in ('failed', 'partial') and no > coalesce(ended.last_success, 0))::int8
        as consecutive_failures,
      max(coalesce(started_at, asked_at)) as last_run_at,
      max(finished_at) filter (where status = 'success') as last_success_at,
      max(finished_at) filter (where status in ('failed', 'partial')) as last_failure_at,
      (array_agg(jsonb_build_object('peak_memory_bytes', peak_memory_bytes, 'cpu_ms', cpu_ms, 'worked_ms', worked_ms)
        order by no desc) filter (where finished_at is not null and worked_ms is not null))[1] as last_usage
    from own join ended on ended.job = own.job group by own.job order by own.job`.execute(db);
  return rows;
}
