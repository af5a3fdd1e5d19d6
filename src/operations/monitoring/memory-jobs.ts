import type { Context } from '../context.ts';
import { listSchedules } from '../runs/schedules.ts';
import { pollers } from './pollers.ts';

export interface MemoryJobsJson {
  /** `paused`: no job starts by itself. `no_worker`: nothing carries runs out. */
  readonly status: 'running' | 'paused' | 'no_worker';
  readonly jobs: readonly { readonly id: string; readonly name: string; readonly next_run: string | null }[];
}

/** Jobs under the ids and names of the in-process scheduler that teams come from. */
const formerJobs = [
  { id: 'decay_job', name: 'Daily importance decay', job: 'memory-decay' },
  { id: 'dedup_job', name: 'Weekly memory deduplication', job: 'memory-dedup' },
  { id: 'cleanup_job', name: 'Weekly memory cleanup', job: 'memory-cleanup' },
  { id: 'topic_extraction_job', name: 'Topic extraction', job: 'topic-extraction' },
  { id: 'insight_generation_job', name: 'Insight generation', job: 'insight-generation' },
  { id: 'weekly_report_job', name: 'Weekly report', job: 'weekly-report' },
] as const;

/** When each of these jobs starts next; `null`: its schedules are paused, or it has none. */
export async function memoryJobs(context: Context): Promise<MemoryJobsJson> {
  const [schedules, polling] = await Promise.all([listSchedules(context), pollers(context)]);
  const jobs = formerJobs.map(({ id, name, job }) => {
    const own = schedules.filter((one) => one.job === job && !one.paused);
    const next = own.flatMap(({ next_run: at }) => (at === null ? [] : [at])).toSorted()[0];
    return { id, name, next_run: next === undefined ? null : plainUtc(next) };
  });
  const starts = jobs.some(({ next_run: next }) => next !== null);
  return { status: polling === 0 ? 'no_worker' : starts ? 'running' : 'paused', jobs };
}

/** `2026-12-15 03:00:00`, in UTC. */
function plainUtc(instant: string): string {
  return instant.slice(0, 19).replace('T', ' ');
}
