import type { WorkerUsage } from '../domain/run.ts';
import { type RunStats, statsOfRuns } from '../state/run-stats.ts';
import { type Context, installationOf } from './context.ts';
import { seenByJob } from './visible.ts';

/** How a job has fared, over the runs on record. */
export interface JobStatsJson {
  readonly job: string;
  readonly executions: number;
  readonly succeeded: number;
  /** Partial runs count as failed; held, skipped, rejected and cancelled ones as neither. */
  readonly failed: number;
  readonly running: number;
  readonly pending: number;
  /** Of those that succeeded or failed, 0–1; `null` where none has. */
  readonly success_rate: number | null;
  readonly failure_rate: number | null;
  readonly mean_duration_ms: number | null;
  readonly consecutive_failures: number;
  readonly last_run_at: string | null;
  readonly last_success_at: string | null;
  readonly last_failure_at: string | null;
  /** What the last run used of its workers, of those that were measured. */
  readonly last_usage: WorkerUsage | null;
  /** `healthy`: the last decided run succeeded; `failing`: one failed since; `unknown`: none has been decided. */
  readonly health: 'healthy' | 'failing' | 'unknown';
}

/** One entry for each job of the catalogue. */
export async function jobStats(context: Context): Promise<JobStatsJson[]> {
  await installationOf(context);
  const rows = await statsOfRuns(context.parts.db, seenByJob(context), context.requestedBy);
  return context.parts.config.jobs.map(({ job }) => toJson(job.id, rows.find((row) => row.job === job.id) ?? null));
}

function toJson(job: string, stats: RunStats | null): JobStatsJson {
  const { succeeded = 0, failed = 0, consecutive_failures = 0 } = stats ?? {};
  const decided = succeeded + failed;
  return {
    job,
    executions: stats?.executions ?? 0,
    succeeded,
    failed,
    running: stats?.running ?? 0,
    pending: stats?.pending ?? 0,
    success_rate: decided === 0 ? null : succeeded / decided,
    failure_rate: decided === 0 ? null : failed / decided,
    mean_duration_ms: stats?.mean_duration_ms ?? null,
    consecutive_failures,
    last_run_at: stats?.last_run_at?.toISOString() ?? null,
    last_success_at: stats?.last_success_at?.toISOString() ?? null,
    last_failure_at: stats?.last_failure_at?.toISOString() ?? null,
    last_usage: stats?.last_usage ?? null,
    health: decided === 0 ? 'unknown' : consecutive_failures > 0 ? 'failing' : 'healthy',
  };
}
