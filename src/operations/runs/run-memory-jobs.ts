import { databaseNow } from '../../database/clock.ts';
import type { ErrorJson, RunJson } from '../../domain/run.ts';
import { countsOf } from '../../jobs/index.ts';
import type { Parameters } from '../../jobs/job.ts';
import { type MemoryWord, memoryWordList, memoryWords } from '../../jobs/memory-words.ts';
import type { Context } from '../context.ts';
import { runJob } from './run.ts';

/** A run of a job on memories, with the fields that programs read which came from an in-process scheduler. */
export type MemoryRunJson = RunJson & {
  readonly affected_count: number;
  readonly execution_time_ms: number;
};

/** A job of `all` that could not be started. */
export interface NotStartedJson {
  readonly job: MemoryWord;
  readonly status: 'failed';
  readonly affected_count: 0;
  readonly execution_time_ms: number;
  readonly error: ErrorJson;
}

export interface AllRunsJson {
  readonly job: 'all';
  readonly results: readonly (MemoryRunJson | NotStartedJson)[];
  readonly affected_count: number;
  readonly execution_time_ms: number;
}

/** `job` as it was typed; how many memories the run has handled, and how long it took. */
export function toMemoryRun(run: RunJson, typed: string): MemoryRunJson {
  const counted = countsOf(run.job)?.progress ?? [];
  const affected = counted.reduce((sum, name) => sum + (run.totals[name] ?? 0), 0);
  const totals = { ...run.totals, affected_count: affected };
  return { ...run, job: typed, totals, affected_count: affected, execution_time_ms: run.duration_ms ?? 0 };
}

interface Handlers {
  /** Waits for the end of a run that was started. */
  wait(run: RunJson): Promise<RunJson>;
  describeError(error: unknown): ErrorJson;
}

/**
 * Runs decay, dedup and cleanup one after the other. A job that is held or fails does not stop the next. Cleanup goes
 * by the scores from before this decay, so that nothing is removed which it has just lowered.
 */
export async function runMemoryJobs(
  context: Context,
  options: { readonly preview: boolean },
  { wait, describeError }: Handlers,
): Promise<AllRunsJson> {
  const begun = performance.now();
  const since = (await databaseNow(context.parts.db)).toISOString();
  const results: (MemoryRunJson | NotStartedJson)[] = [];
  for (const word of memoryWordList) {
    const begunAt = performance.now();
    const parameters: Parameters = word === 'cleanup' ? { ignore_decay_since: since } : {};
    try {
      const run = await wait(await runJob(context, memoryWords[word], parameters, options));
      results.push(toMemoryRun(run, word));
    } catch (error) {
      const took = Math.round(performance.now() - begunAt);
      const failed = { status: 'failed', affected_count: 0, execution_time_ms: took } as const;
      results.push({ job: word, ...failed, error: describeError(error) });
    }
  }
  return {
    job: 'all',
    results,
    affected_count: results.reduce((sum, one) => sum + one.affected_count, 0),
    execution_time_ms: Math.round(performance.now() - begun),
  };
}
