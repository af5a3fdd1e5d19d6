import type { RunJson } from '../domain/run.ts';
import { classifyError } from '../operations/classify-error.ts';
import { pollers } from '../operations/monitoring/pollers.ts';
import { showRun } from '../operations/runs/runs.ts';
import { waitForRun } from '../operations/runs/wait.ts';
import { describeRun } from './describe-run.ts';
import { exitCodeOfRun } from './exit-codes.ts';
import type { Output } from './output.ts';
import { createProgress } from './progress.ts';
import type { Session } from './session.ts';

/** Prints a run that was just started, or waits for its end and prints that. Returns the exit code. */
export async function reportRun(
  session: Session,
  output: Output,
  run: RunJson,
  wait: boolean,
  shown: (run: RunJson) => unknown = (one) => one,
): Promise<number> {
  await noteIdle(session, output);
  if (!wait) {
    output.result(shown(run), () => [...describeRun(run), `  follow it with coppice runs show ${run.run_id}`]);
    return exitCodeOfRun(run.status);
  }
  const ended = await waitForEnd(session, output, run);
  output.result(shown(ended), () => describeRun(ended));
  return exitCodeOfRun(ended.status);
}

/** Says that nothing will happen where no worker polls. */
export async function noteIdle({ context }: Session, output: Output): Promise<void> {
  if ((await pollers(context)) > 0) return;
  output.note('no worker polls the task queue: the run begins once `coppice worker` or `coppice up` runs');
}

/** Waits for the end of a run and shows how it goes meanwhile. */
export async function waitForEnd(session: Session, output: Output, run: RunJson): Promise<RunJson> {
  const progress = createProgress(output.json, run.job);
  try {
    await waitForRun(session.context, run.run_id, {
      onProgress: progress.show,
      onWaiting: (what) => output.note(`the run waits for ${what}`),
    });
    return await showRun(session.context, run.run_id);
  } catch (error) {
    const { kind, message } = classifyError(error);
    throw kind === 'unavailable' ? new WaitLostError(run.run_id, message) : error;
  } finally {
    progress.stop();
  }
}

/** Nobody is there any more who could say how the run goes; the run does not depend on that. */
class WaitLostError extends Error {
  override readonly name = 'WaitLostError';
  readonly hint: string;
  constructor(runId: string, reason: string) {
    super(`the wait for run ${runId} was lost (${reason}); the run continues`);
    this.hint = `Follow it: coppice runs show ${runId}`;
  }
}
