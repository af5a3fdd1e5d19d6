import { databaseNow } from '../../database/clock.ts';
import type { Tx } from '../../database/schema.ts';
import type { Approval } from '../../domain/run.ts';
import { findRun, type Run } from '../../state/runs/runs.ts';
import { ApprovalRefusedError } from './errors.ts';

export const approvalHours = 24;

/** The held run that the approval names; refuses one that is too old, or not of the survey that was approved. */
export async function checkApproval(tx: Tx, approval: Approval): Promise<Run> {
  const held = await findRun(tx, approval.held_run);
  if (held === null || held.status !== 'held' || held.survey === null) {
    throw new ApprovalRefusedError(`run ${approval.held_run} is not held; nothing was removed`);
  }
  if (held.survey.hash !== approval.survey_hash) {
    throw new ApprovalRefusedError('the approval names another survey than the held run has; nothing was removed');
  }
  const now = await databaseNow(tx);
  const surveyed = held.cutoff ?? held.asked_at;
  const oldest = Math.min(surveyed.getTime(), new Date(approval.at).getTime());
  if (now.getTime() - oldest > approvalHours * 3_600_000) {
    throw new ApprovalRefusedError(
      `the survey or its approval is older than ${approvalHours} h; nothing was removed. Start a new run and approve that one`,
    );
  }
  return held;
}
