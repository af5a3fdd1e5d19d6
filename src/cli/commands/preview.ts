import type { Command } from 'commander';
import { jobOf } from '../../operations/context.ts';
import { parseAssignments } from '../../operations/runs/parameters.ts';
import { preview } from '../../operations/runs/preview.ts';
import { collect, withSession } from '../command.ts';
import { describeRun } from '../describe-run.ts';
import { exitCodes } from '../exit-codes.ts';

export function previewCommand(program: Command): void {
  program
    .command('preview')
    .description('show what a job would do now; needs only SELECT on the tables: no Temporal, no migration')
    .argument('<job>', 'the job, see coppice jobs')
    .option('--set <name=value>', 'a parameter of the job; may be given several times', collect, [])
    .action((job: string, options: { set: string[] }, command: Command) =>
      withSession(command, async ({ parts }, output) => {
        const result = await preview(parts, job, parseAssignments(jobOf({ parts }, job).job, options.set));
        output.result(result, () => describeRun(result));
        return result.failed_collections.length === 0 ? exitCodes.success : exitCodes.partial;
      }),
    );
}
