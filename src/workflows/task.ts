import { ApplicationFailure } from '@temporalio/workflow';
import type { RunContext } from '../activities/sweep/types.ts';
import type { ErrorJson } from '../domain/run.ts';
import { conduct, end } from './conduct.ts';
import type { JobInput, JobResult } from './input.ts';
import { begin, skipped } from './sweep.ts';

/**
 * A job that is one piece of work: begin, lease, record and end as every run has them. A returned text names a part of
 * the work that could not be done; the run then ends `partial` and says so.
 */
export async function task(
  job: string,
  input: JobInput,
  work: (run: RunContext) => Promise<ErrorJson | null>,
): Promise<JobResult> {
  refusePreview(job, input);
  const begun = await begin(job, 'task', input);
  if (!begun.begun) return skipped(job, begun);
  const { run } = begun;
  return conduct(run, async () => {
    const left = await work(run);
    return end(run, left === null ? null : 'partial', left);
  });
}

export function refusePreview(job: string, input: JobInput): void {
  if (input.preview !== true && input.dry_run !== true) return;
  throw ApplicationFailure.nonRetryable(`${job} has nothing to preview`, 'InvalidInputError');
}
