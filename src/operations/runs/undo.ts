import type { RunJson } from '../../domain/run.ts';
import { canUndo } from '../../jobs/facts.ts';
import { type Run, recordReason } from '../../state/runs/runs.ts';
import { type Context, type DatabaseContext, jobOf, runOf } from '../context.ts';
import { OperationError } from '../errors.ts';
import { checkedReason } from './reason.ts';
import { startRun } from './start.ts';

/** Puts back what a run removed, as a run of its own. */
export async function undoRun(context: Context, id: string, given: string | null = null): Promise<RunJson> {
  const reason = checkedReason(given);
  const run = await runOf(context, id);
  const refusal = undoRefusal(context, run);
  if (refusal !== null) throw new OperationError('conflict', 'UndoRefusedError', refusal.message, refusal.hint);
  const undo = await startRun(context, {
    job: run.job,
    kind: 'undo',
    workflowType: 'undo',
    input: { run_id: run.run_id, job: run.job },
    parameters: {},
    undoes: run.run_id,
    summary: `Undo run ${run.run_id} of ${run.job}`,
  });
  if (reason !== null) await recordReason(context.parts.db, undo.run_id, reason);
  return undo;
}

/** Returns the reason why the run cannot be undone; `null` where its ledger decides. */
export function undoRefusal(context: DatabaseContext, run: Run): { message: string; hint?: string } | null {
  if (run.kind !== 'sweep')
    return { message: `run ${run.run_id} is of kind ${run.kind}: there is nothing to put back` };
  const { job } = jobOf(context, run.job);
  if (!canUndo(job)) {
    const message = `run ${run.run_id} of ${job.id} removed no document and kept nothing of what it replaced: it cannot be undone`;
    return { message };
  }
  if (run.finished_at !== null) return null;
  return { message: `run ${run.run_id} has not ended`, hint: `Cancel it first: coppice cancel ${run.run_id}` };
}
