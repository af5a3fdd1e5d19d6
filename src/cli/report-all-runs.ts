import { isMemoryWord, memoryWords } from '../jobs/memory-words.ts';
import { OperationError } from '../operations/errors.ts';
import { type AllRunsJson, type MemoryRunJson, runMemoryJobs } from '../operations/runs/run-memory-jobs.ts';
import { describeRun } from './describe-run.ts';
import { exitCodeOfRun, worstExitCode } from './exit-codes.ts';
import { errorJsonOf, type Output } from './output.ts';
import { noteIdle, waitForEnd } from './report-run.ts';
import type { Session } from './session.ts';

interface Options {
  readonly set: readonly string[];
  readonly preview: boolean;
}

/** Runs the jobs on memories one after the other and prints what each came to. Returns the worst exit code. */
export async function reportAllRuns(session: Session, output: Output, { set, preview }: Options): Promise<number> {
  if (set.length > 0) {
    const hint = 'Set it in coppice.yaml, or run each job by itself: coppice run decay --set NAME=VALUE.';
    throw new OperationError('usage', 'InvalidParametersError', '--set is for one job, not for all of them', hint);
  }
  await noteIdle(session, output);
  const all = await runMemoryJobs(
    session.context,
    { preview },
    { wait: (run) => waitForEnd(session, output, run), describeError: errorJsonOf },
  );
  output.result(all, () => describeAll(all));
  return worstExitCode(all.results.map(({ status }) => exitCodeOfRun(status)));
}

function describeAll({ results, affected_count: affected, execution_time_ms: took }: AllRunsJson): string[] {
  return [
    ...results.flatMap((one) =>
      'run_id' in one ? describeMemoryRun(one) : [`${one.job} was not started: ${one.error.message}`],
    ),
    `${affected} memories in ${(took / 1000).toFixed(1)} s`,
  ];
}

function describeMemoryRun(run: MemoryRunJson): string[] {
  const { affected_count: _, ...totals } = run.totals;
  return describeRun({ ...run, job: isMemoryWord(run.job) ? memoryWords[run.job] : run.job, totals });
}
