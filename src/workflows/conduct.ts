import { defineSearchAttributeKey } from '@temporalio/common';
import {
  ApplicationFailure,
  CancellationScope,
  ContinueAsNew,
  isCancellation,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { BeginInput, BeginResult, RunContext } from '../activities/sweep/types.ts';
import type { ErrorJson, RunStatus } from '../domain/run.ts';
import type { RunIdentity } from '../domain/run-identity.ts';
import { errorOf } from './failures.ts';
import type { JobResult } from './input.ts';
import { control, entering } from './policies.ts';

const jobKey = defineSearchAttributeKey('CoppiceJob', 'KEYWORD');
const statusKey = defineSearchAttributeKey('CoppiceStatus', 'KEYWORD');

/** The run's identity, the same in every execution of its chain. */
export function identity() {
  const { firstExecutionRunId, workflowId, namespace } = workflowInfo();
  return { runId: firstExecutionRunId, workflowId, namespace };
}

/**
 * Writes the run's record and takes its lease. A cancellation waits for it: the activity would otherwise take the lease
 * after the workflow has ended, and nothing would release it.
 */
export function enter(input: Omit<BeginInput, keyof RunIdentity>): Promise<BeginResult> {
  return CancellationScope.nonCancellable(() => entering.begin({ ...identity(), ...input }));
}

/**
 * Sees a run that has begun to its end. However the work ends, the record is closed and the lease released; a cancelled
 * run ends as cancelled, a failed one fails its workflow so that Temporal shows it.
 */
export async function conduct(run: RunContext, work: () => Promise<JobResult>): Promise<JobResult> {
  mark(run, 'running');
  try {
    return await work();
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error;
    const cancelled = isCancellation(error);
    const reason = cancelled ? null : errorOf(error);
    await CancellationScope.nonCancellable(() => end(run, cancelled ? 'cancelled' : 'failed', reason));
    if (cancelled) throw error;
    throw ApplicationFailure.nonRetryable(reason?.message ?? 'the run failed', reason?.name ?? 'Error');
  }
}

/** Closes the run. Without a status it is success or partial, by what its partitions came to. */
export async function end(
  run: RunContext,
  status: RunStatus | null,
  error: ErrorJson | null = null,
): Promise<JobResult> {
  const result = await control(run).finish({ run, status, error });
  mark(run, result.status);
  setCurrentDetails(`${result.status}: ${describe(result.totals)}`);
  return { run_id: run.runId, workflow_id: run.workflowId, job: run.job, ...result };
}

export function describe(totals: Readonly<Record<string, number>>): string {
  const words = Object.entries(totals).map(([name, count]) => `${count} ${name.replaceAll('_', ' ')}`);
  return words.length === 0 ? 'nothing to do' : words.join(', ');
}

export function mark(run: Pick<RunContext, 'job' | 'searchAttributes'>, status: RunStatus): void {
  if (!run.searchAttributes) return;
  upsertSearchAttributes([
    { key: jobKey, value: run.job },
    { key: statusKey, value: status },
  ]);
}
