import { memoryWordList, memoryWords } from '../../jobs/memory-words.ts';
import type { Context } from '../context.ts';
import { listSchedules } from '../runs/schedules.ts';
import { pollers } from './pollers.ts';

export interface MemoryJobsJson {
  /** `paused`: no job starts by itself. `no_worker`: nothing carries runs out. */
  readonly status: 'running' | 'paused' | 'no_worker';
  readonly jobs: readonly { readonly id: string; readonly name: string; readonly next_run: string | null }[];
}

/** The jobs on memories under the ids and names of the in-process scheduler that teams come from. */
const titles = {
  decay: 'Daily importance decay',
  dedup: 'Weekly memory deduplication',
  cleanup: 'Weekly memory cleanup',
} as const;

/** When each job on memories starts next; `null`: its schedules are paused, or it has none. */
export async function memoryJobs(context: Context): Promise<MemoryJobsJson> {
  const [schedules, polling] = await Promise.all([listSchedules(context), pollers(context)]);
  const jobs = memoryWordList.map((word) => {
    const own = schedules.filter(({ job, paused }) => job === memoryWords[word] && !paused);
    const next = own.flatMap(({ next_run: at }) => (at === null ? [] : [at])).toSorted()[0];
    return { id: `${word}_job`, name: titles[word], next_run: next === undefined ? null : plainUtc(next) };
  });
  const starts = jobs.some(({ next_run: next }) => next !== null);
  return { status: polling === 0 ? 'no_worker' : starts ? 'running' : 'paused', jobs };
}

/** `2026-12-15 03:00:00`, in UTC. */
function plainUtc(instant: string): string {
  return instant.slice(0, 19).replace('T', ' ');
}
