import { CancellationScope, setCurrentDetails } from '@temporalio/workflow';
import { alertNotDelivered } from '../domain/alerts.ts';
import { conduct, describe, identity, mark } from './conduct.ts';
import type { JobInput, JobResult } from './input.ts';
import { alerting, checking, checkingAtOnce } from './policies.ts';
import { begin, runInput, skipped } from './sweep.ts';
import { refusePreview, task } from './task.ts';

const job = 'health-check';

/**
 * Looks at everything that a run needs, and keeps the alerts. A type of its own, since the marker and the attribute of
 * `patched()` are two actions of Temporal at each check.
 */
export async function healthCheckAtOnce(input: JobInput = {}): Promise<JobResult> {
  refusePreview(job, input);
  const given = { ...identity(), ...runInput(job, 'task', input) };
  // A cancellation waits: the activity would otherwise take the lease after the workflow has ended.
  const checked = await CancellationScope.nonCancellable(() => checkingAtOnce.wholeCheck(given)).catch((error) =>
    closed(input, error),
  );
  if (!checked.begun) return skipped(job, checked);
  const { result, searchAttributes } = checked;
  // An attribute is an action of Temporal, too: only a check that a person may look for has them.
  if (searchAttributes && result.status !== 'success') mark({ job, searchAttributes }, result.status);
  setCurrentDetails(`${result.status}: ${describe(result.totals)}`);
  const { runId, workflowId } = identity();
  return { run_id: runId, workflow_id: workflowId, job, ...result };
}

/** Closes the record of a check that failed, and throws. */
async function closed(input: JobInput, error: unknown): Promise<never> {
  const begun = await begin(job, 'task', input);
  if (begun.begun) await conduct(begun.run, () => Promise.reject(error));
  throw error;
}

/** As earlier releases checked: their histories replay, and what starts this type goes on doing so. */
export async function healthCheck(input: JobInput = {}): Promise<JobResult> {
  return task(job, input, async (run) => {
    const problem = await checking(run).checkHealth(run);
    try {
      await alerting.sendAlerts();
    } catch {
      return problem ?? alertNotDelivered;
    }
    return problem;
  });
}
