import type { Command } from 'commander';
import { collect, reportRun, withOwnInstallation } from '../command.ts';

export function runCommand(program: Command): void {
  program
    .command('run')
    .description('run a job now')
    .argument('<job>', 'the job, see coppice jobs')
    .option('--set <name=value>', 'a parameter of the job; may be given several times', collect, [])
    .option('--preview', 'only survey what it would do, recorded as a run', false)
    .option('--wait', 'wait until the run has ended', false)
    .addHelpText('after', '\nExample: coppice run ttl-cleanup --set max_age_days=30 --wait')
    .action((job: string, options: { set: string[]; preview: boolean; wait: boolean }, command: Command) =>
      withOwnInstallation(command, async (session, output) => {
        const { jobOf } = await import('../../operations/context.ts');
        const { parseAssignments } = await import('../../operations/runs/parameters.ts');
        const { runJob } = await import('../../operations/runs/run.ts');
        const parameters = parseAssignments(jobOf(session.context, job).job, options.set);
        const run = await runJob(session.context, job, parameters, { preview: options.preview });
        return reportRun(session, output, run, options.wait);
      }),
    );
}
