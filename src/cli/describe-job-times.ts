import type { JobTimesJson } from '../operations/runs/job-times.ts';
import { table } from './output.ts';

/** When each job ran last and runs next, in UTC. */
export function describeJobTimes(jobs: readonly JobTimesJson[]): string[] {
  if (jobs.length === 0) return [];
  return table([
    ['job', 'last run', 'last success', 'next run', 'lag', 'health'],
    ...jobs.map((one) => [
      ...[one.id, time(one.last_run_at), time(one.last_success_at), time(one.next_run)],
      one.lag_ms === null ? '-' : `${Math.round(one.lag_ms / 1000)} s`,
      one.health,
    ]),
  ]);
}

function time(instant: string | null): string {
  return instant === null ? '-' : `${instant.slice(0, 16).replace('T', ' ')} UTC`;
}
