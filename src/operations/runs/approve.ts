import { approvalHours } from '../../activities/sweep/approval.ts';
import { databaseNow } from '../../database/clock.ts';
import type { RunJson } from '../../domain/run.ts';
import { dropItems } from '../../state/ledger/items.ts';
import { getRun, type Run, recordApproval, recordReason, rejectRun, toRunJson } from '../../state/runs/runs.ts';
import { type Context, jobOf, runOf } from '../context.ts';
import { OperationError } from '../errors.ts';
import { checkedReason } from './reason.ts';
import { startRun } from './start.ts';

/**
 * A person consents to what a held run surveyed. Starts a new run bound to that survey: same cutoff, never more than was
 * approved.
 */
export async function approveRun(
  context: Context,
  id: string,
  {
    hash: expectedHash = null,
    reason: given = null,
  }: { readonly hash?: string | null; readonly reason?: string | null } = {},
): Promise<RunJson> {
  const { db } = context.parts;
  const reason = checkedReason(given);
  const held = await runOf(context, id);
  const { survey } = held;
  if (held.status !== 'held' || survey === null) throw notHeld(held);
  if (held.approval !== null) throw alreadyApproved(held);
  if (expectedHash !== null && expectedHash !== survey.hash) {
    throw new OperationError(
      'conflict',
      'SurveyChangedError',
      `the survey of run ${held.run_id} has hash ${survey.hash}`,
    );
  }
  const now = await databaseNow(db);
  if (now.getTime() - new Date(survey.cutoff).getTime() > approvalHours * 3_600_000) {
    throw new OperationError(
      'conflict',
      'ApprovalTooLateError',
      `the survey of run ${held.run_id} is older than ${approvalHours} h`,
      `Start a new run (coppice run ${held.job}) and approve that one.`,
    );
  }
  const approved = {
    survey_hash: survey.hash,
    by: context.requestedBy,
    at: now.toISOString(),
    held_run: held.run_id,
    approved_run: null,
  };
  const approval = { ...approved, reason };
  // First come, first served: of two people who approve at once, one is told.
  if (!(await recordApproval(db, held.run_id, approval))) throw alreadyApproved(await getRun(db, held.run_id));
  const { job } = jobOf(context, held.job);
  const run = await startRun(context, {
    job: job.id,
    kind: 'sweep',
    workflowType: job.workflow,
    // A person's words are no part of Temporal's history.
    input: { parameters: held.parameters, approval: approved },
    parameters: held.parameters,
    undoes: null,
    summary: `${job.title}, approved by ${context.requestedBy}`,
  }).catch(async (error: unknown) => {
    await db.updateTable('coppice.runs').set({ approval: null }).where('run_id', '=', held.run_id).execute();
    throw error;
  });
  const named = JSON.stringify({ ...approval, approved_run: run.run_id });
  await db.updateTable('coppice.runs').set({ approval: named }).where('run_id', '=', held.run_id).execute();
  if (reason !== null) await recordReason(db, run.run_id, reason);
  return { ...run, approval };
}

/** A person turns a held run down: nothing of it is removed, ever. */
export async function rejectHeldRun(context: Context, id: string, given: string | null = null): Promise<RunJson> {
  const { db } = context.parts;
  const reason = checkedReason(given);
  const held = await runOf(context, id);
  if (held.approval !== null) throw alreadyApproved(held);
  if (!(await rejectRun(db, held.run_id, { by: context.requestedBy, reason }))) throw notHeld(held);
  await dropItems(db, held.no);
  return toRunJson(db, await getRun(db, held.run_id));
}

function notHeld(run: Run): OperationError {
  return new OperationError(
    'conflict',
    'NotHeldError',
    `run ${run.run_id} is ${run.status}, not held`,
    'See coppice runs.',
  );
}

function alreadyApproved(run: Run): OperationError {
  const { approval } = run;
  return new OperationError(
    'conflict',
    'AlreadyApprovedError',
    `run ${run.run_id} was approved by ${approval?.by ?? 'another person'} already`,
    approval?.approved_run ? `See coppice runs show ${approval.approved_run}.` : null,
  );
}
