import type { Command } from 'commander';
import { isMemoryJob, isMemoryWord, memoryWords } from '../../jobs/memory-words.ts';
import { collect, reportRun, withOwnInstallation } from '../command.ts';

interface RunOptions {
  readonly set: string[];
  readonly preview: boolean;
  readonly wait: boolean;
}

export function runCommand(program: Command): void {
  program
    .command('run')
    .description('run a job now')
    .argument('<job>', 'the job, see coppice jobs; or one of decay, dedup, cleanup and all')
    .option('--set <name=value>', 'a parameter of the job; may be given several times', collect, [])
    .option('--preview', 'only survey what it would do, recorded as a run', false)
    .option('--wait', 'wait until the run has ended', false)
    .addHelpText(
      'after',
      `
decay, dedup and cleanup are the jobs on memories (memory-decay and so on), and the command waits for the result. all runs
them one after the other, also where one is held or fails, and ends with the worst of their exit codes.

Example: coppice run ttl-cleanup --set max_age_days=30 --wait`,
    )
    .action((typed: string, options: RunOptions, command: Command) =>
      withOwnInstallation(command, async (session, output) => {
        if (typed === 'all') {
          const { reportAllRuns } = await import('../report-all-runs.ts');
          return reportAllRuns(session, output, options);
        }
        const { jobOf } = await import('../../operations/context.ts');
        const { parseAssignments } = await import('../../operations/runs/parameters.ts');
        const { runJob } = await import('../../operations/runs/run.ts');
        const job = isMemoryWord(typed) ? memoryWords[typed] : typed;
        const parameters = parseAssignments(jobOf(session.context, job).job, options.set);
        const run = await runJob(session.context, job, parameters, { preview: options.preview });
        if (!isMemoryJob(job)) return reportRun(session, output, run, options.wait);
        const { toMemoryRun } = await import('../../operations/runs/run-memory-jobs.ts');
        const shown = (one: typeof run) => toMemoryRun(one, typed);
        return reportRun(session, output, run, options.wait || isMemoryWord(typed), shown);
      }),
    );
}
