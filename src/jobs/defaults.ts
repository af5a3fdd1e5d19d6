import type { BrakeLimits } from '../domain/brake.ts';
import type { RetrySettings } from '../domain/retry.ts';
import type { Parameter } from './job.ts';

export const defaultBrake: BrakeLimits = {
  max_share: 0.1,
  max_partition_share: 0.5,
  max_weekly_share: 0.25,
  floor_rows: 100,
};

/** For jobs that remove no row. A limit that the configuration sets counts all the same. */
export const noBrake: BrakeLimits = { max_share: 1, max_partition_share: 1, max_weekly_share: 1, floor_rows: 100 };

export const defaultRetry: RetrySettings = {
  max_retries: 3,
  retry_delay_seconds: 60,
  retry_backoff_multiplier: 2,
  retry_max_delay_seconds: 3600,
  retry_on_errors: ['ConnectionError', 'TimeoutError', 'WeaviateError', 'DatabaseError'],
};

/** How late a missed start may still happen when a schedule does not say: an hour. */
export const defaultCatchUpWindowSeconds = 3600;

/** Of jobs on rows whose batches are as fast as the database. `rows`: where they start. */
export function adaptiveBatchSize(rows: number) {
  return {
    type: 'integer',
    default: rows,
    minimum: 1,
    maximum: 20_000,
    unit: 'rows',
    description:
      'Where batches start. Unless it is set, batches adapt towards a quarter of a second each, so that a small ' +
      'store is treated gently and a large one is still quick.',
  } as const satisfies Parameter;
}

/** Of the jobs on graphs. */
export const groupParameter: Parameter = {
  type: 'string',
  default: null,
  description:
    'Key of the one group to work on (`coppice groups show`). Such a run has a lease of its own, so that it does not ' +
    'wait for the others; without it, all groups that are stale.',
};
