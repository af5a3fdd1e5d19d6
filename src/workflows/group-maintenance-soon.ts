import {
  condition,
  defineSignal,
  executeChild,
  isCancellation,
  ParentClosePolicy,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { groupMaintenance } from './group-maintenance.ts';
import type { MaintainSoonInput } from './input.ts';

const touched = defineSignal('touched');

/** Changes that arrive after so many runs are left to the hourly schedule. */
const mostRuns = 20;

/**
 * Waits until nothing more is said of a group for a while, or for so long that it begins anyway; then a run of the
 * group. A signal during the run starts another one.
 */
export async function groupMaintenanceSoon(input: MaintainSoonInput): Promise<number> {
  let touches = 0;
  setHandler(touched, () => {
    touches += 1;
  });
  let runs = 0;
  for (let answered = -1; answered < touches && runs < mostRuns; ) {
    await quiet(input, () => touches);
    answered = touches;
    runs += 1;
    await maintain(input, runs);
  }
  return runs;
}

async function quiet(
  { debounce_seconds, longest_wait_seconds }: MaintainSoonInput,
  touches: () => number,
): Promise<void> {
  setCurrentDetails('waiting until the group is quiet');
  const last = Date.now() + longest_wait_seconds * 1000;
  for (;;) {
    const [before, left] = [touches(), last - Date.now()];
    if (left <= 0) return;
    if (!(await condition(() => touches() > before, Math.min(debounce_seconds * 1000, left)))) return;
  }
}

async function maintain({ group, installation, requested_by }: MaintainSoonInput, no: number): Promise<void> {
  setCurrentDetails('the group is worked on');
  const { runId } = workflowInfo();
  // The parameter is for workers of versions that do not know the field: they would work on all groups.
  const input = { parameters: { group }, partition: group, installation, requested_by };
  try {
    await executeChild(groupMaintenance, {
      args: [input],
      workflowId: `coppice-${installation}-group-maintenance-${group.slice(0, 16)}-${runId.slice(0, 8)}-${no}`,
      // Ended from outside, the run goes on to its end by itself.
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
  } catch (error) {
    if (isCancellation(error)) throw error;
    // The run's own record says what failed; the group stays stale, and the hourly run comes to it.
  }
}
