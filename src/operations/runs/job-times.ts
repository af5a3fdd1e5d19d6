import type { Context } from '../context.ts';
import { listSchedules, type ScheduleJson } from './schedules.ts';
import { type JobStatsJson, jobStats } from './stats.ts';

/** When a job ran last, how that went, and when it runs next by itself. */
export interface JobTimesJson {
  readonly id: string;
  readonly last_run_at: string | null;
  readonly last_success_at: string | null;
  readonly last_failure_at: string | null;
  /** `null`: no schedule of it runs, or Temporal does not answer. */
  readonly next_run: string | null;
  /** How late its last start by a schedule was, or the next one is by now; `null`: as for `next_run`. */
  readonly lag_ms: number | null;
  readonly health: JobStatsJson['health'];
}

/** Returns the times of every job. A time that cannot be read now is empty: the checks beside it state the reason. */
export async function jobTimes(context: Context): Promise<JobTimesJson[]> {
  const [stats, schedules] = await Promise.all([
    jobStats(context).catch(() => []),
    listSchedules(context).catch((): readonly ScheduleJson[] => []),
  ]);
  return stats.map(({ job, last_run_at, last_success_at, last_failure_at, health }) => {
    const own = schedules.filter((one) => one.job === job && !one.paused);
    const [next = null] = own.flatMap(({ next_run: at }) => at ?? []).sort();
    const lag = own.length === 0 ? null : Math.max(...own.map(({ lag_ms: late }) => late ?? 0));
    return { id: job, last_run_at, last_success_at, last_failure_at, next_run: next, lag_ms: lag, health };
  });
}
