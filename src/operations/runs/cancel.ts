import type { RunJson } from '../../domain/run.ts';
import { getRun, toRunJson } from '../../state/runs/runs.ts';
import { type Context, runOf } from '../context.ts';
import { OperationError } from '../errors.ts';
import { closeEndedRun } from './close-ended.ts';

/** Asks a run to stop: it ends after the batch at hand, with what it has done so far. */
export async function cancelRun(context: Context, id: string): Promise<RunJson> {
  const run = await runOf(context, id);
  if (run.finished_at !== null) {
    throw new OperationError('conflict', 'RunEndedError', `run ${run.run_id} has ended already (${run.status})`);
  }
  const client = await context.client();
  await closeEndedRun(context, run);
  const now = await getRun(context.parts.db, run.run_id);
  if (now.finished_at === null) await client.workflow.getHandle(run.workflow_id).cancel();
  return toRunJson(context.parts.db, now);
}
