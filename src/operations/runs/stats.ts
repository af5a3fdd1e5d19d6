import { isLimited } from '../../domain/access.ts';
import { type RunCounts, type RunStats, statsOfRuns } from '../../state/runs/run-stats.ts';
import { seenByJob } from '../access/visible.ts';
import { type Context, installationOf } from '../context.ts';
import { SharedAnswer } from '../monitoring/shared-answer.ts';

/** How a job has fared, over the runs on record. */
export interface JobStatsJson extends RunCounts {
  readonly job: string;
  /** Of those that succeeded or failed, 0–1; `null` where none has. */
  readonly success_rate: number | null;
  readonly failure_rate: number | null;
  readonly last_run_at: string | null;
  readonly last_success_at: string | null;
  readonly last_failure_at: string | null;
  /** `healthy`: the last decided run succeeded; `failing`: one failed since; `unknown`: none has been decided. */
  readonly health: 'healthy' | 'failing' | 'unknown';
}

/** One entry for each job of the catalogue. */
export async function jobStats(context: Context): Promise<readonly JobStatsJson[]> {
  return isLimited(context.view) ? readJobStats(context) : statsOfAll.get(context);
}

/** Only requests at the same time share it: a run that has ended is counted at once. */
const statsOfAll = new SharedAnswer(0, readJobStats);

async function readJobStats(context: Context): Promise<readonly JobStatsJson[]> {
  await installationOf(context);
  const rows = await statsOfRuns(context.parts.db, seenByJob(context), context.requestedBy);
  return context.parts.config.jobs.map(({ job: { id } }) => toJson(rows.find(({ job }) => job === id) ?? noRuns(id)));
}

function noRuns(job: string): RunStats {
  return {
    job,
    executions: 0,
    succeeded: 0,
    failed: 0,
    running: 0,
    pending: 0,
    mean_duration_ms: null,
    consecutive_failures: 0,
    last_usage: null,
    last_run_at: null,
    last_success_at: null,
    last_failure_at: null,
  };
}

function toJson({ last_run_at, last_success_at, last_failure_at, ...counts }: RunStats): JobStatsJson {
  const { succeeded, failed } = counts;
  const decided = succeeded + failed;
  return {
    ...counts,
    success_rate: decided === 0 ? null : succeeded / decided,
    failure_rate: decided === 0 ? null : failed / decided,
    last_run_at: last_run_at?.toISOString() ?? null,
    last_success_at: last_success_at?.toISOString() ?? null,
    last_failure_at: last_failure_at?.toISOString() ?? null,
    health: decided === 0 ? 'unknown' : counts.consecutive_failures > 0 ? 'failing' : 'healthy',
  };
}
