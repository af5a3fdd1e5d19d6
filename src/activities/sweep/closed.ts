import type { Client } from '@temporalio/client';
import type { RunStatus } from '../../domain/run.ts';
import type { RunIdentity } from '../../domain/run-identity.ts';

/** How a run ended, as the Temporal server tells it; `null` while it is open. */
export type Ending = 'completed' | 'failed' | 'cancelled' | 'unknown';

/**
 * Whether a run's chain has ended: its *latest* execution is closed, its workflow id belongs to another chain by now, or
 * the same namespace does not know it (any more). Of another namespace we cannot tell: it counts as open.
 */
export async function endingOf(client: Client, run: RunIdentity): Promise<Ending | null> {
  if (client.options.namespace !== run.namespace) return null;
  try {
    const latest = await client.workflow.getHandle(run.workflowId).describe();
    const chain = latest.raw.workflowExecutionInfo?.firstRunId || latest.runId;
    if (chain !== run.runId && latest.runId !== run.runId) return 'unknown';
    switch (latest.status.name) {
      case 'RUNNING':
      case 'CONTINUED_AS_NEW':
      case 'PAUSED':
        return null;
      case 'COMPLETED':
        return 'completed';
      case 'CANCELLED':
      case 'TERMINATED':
        return 'cancelled';
      default:
        return 'failed';
    }
  } catch (error) {
    // By its name: the class would load the whole client, also for a command that finds no open run.
    if (error instanceof Error && error.name === 'WorkflowNotFoundError') return 'unknown';
    throw error;
  }
}

/** The status of a record whose workflow ended without closing it. */
export function statusOfEnding(ending: Ending): RunStatus {
  return ending === 'cancelled' ? 'cancelled' : 'failed';
}
