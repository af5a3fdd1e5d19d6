import type { RunJson } from '../domain/run.ts';
import { pollers } from '../operations/health.ts';
import { showRun } from '../operations/runs.ts';
import { waitForRun } from '../operations/wait.ts';
import { describeRun } from './describe-run.ts';
import { exitCodeOfRun } from './exit-codes.ts';
import type { Output } from './output.ts';
import { createProgress } from './progress.ts';
import type { Session } from './session.ts';

/** Prints a run that was just started, or waits for its end and prints that. Returns the exit code. */
export async function reportRun(session: Session, output: Output, run: RunJson, wait: boolean): Promise<number> {
  if ((await pollers(session.context)) === 0) {
    output.note('no worker polls the task queue: the run begins once `coppice worker` or `coppice up` runs');
  }
  if (!wait) {
    output.result(run, () => [...describeRun(run), `  follow it with coppice runs show ${run.run_id}`]);
    return exitCodeOfRun(run.status);
  }
  const progress = createProgress(output.json);
  try {
    await waitForRun(session.context, run.run_id, { onProgress: progress.show });
  } finally {
    progress.stop();
  }
  const ended = await showRun(session.context, run.run_id);
  output.result(ended, () => describeRun(ended));
  return exitCodeOfRun(ended.status);
}
