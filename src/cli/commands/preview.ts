import type { Command } from 'commander';
import { collect, withSession } from '../command.ts';
import { describeEstimates, describePairs } from '../describe-pairs.ts';
import { describeRun } from '../describe-run.ts';
import { describeSuspects } from '../describe-suspects.ts';
import { exitCodes } from '../exit-codes.ts';

export function previewCommand(program: Command): void {
  program
    .command('preview')
    .description('show what a job would do now; needs only SELECT on the tables: no Temporal, no migration')
    .argument('<job>', 'the job, see coppice jobs')
    .option('--set <name=value>', 'a parameter of the job; may be given several times', collect, [])
    .action((job: string, options: { set: string[] }, command: Command) =>
      withSession(command, async ({ parts }, output) => {
        const { jobOf } = await import('../../operations/context.ts');
        const { parseAssignments } = await import('../../operations/runs/parameters.ts');
        const { preview } = await import('../../operations/runs/preview.ts');
        const result = await preview(parts, job, parseAssignments(jobOf({ parts }, job).job, options.set));
        output.result(result, () => [
          ...describeRun(result),
          ...describeEstimates(result.estimates ?? []),
          ...describePairs(result.pairs ?? []),
          ...describeSuspects(result.facts ?? []),
        ]);
        return result.failed_collections.length === 0 ? exitCodes.success : exitCodes.partial;
      }),
    );
}
