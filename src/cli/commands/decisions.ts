import type { Command } from 'commander';
import { reportRun, withOwnInstallation } from '../command.ts';
import { byOption, type Deciding, decidedBy, reasonOption } from '../decision-options.ts';
import { describeOutlook } from '../describe-outlook.ts';
import { describeRun } from '../describe-run.ts';
import { exitCodes } from '../exit-codes.ts';

interface Waiting {
  readonly wait: boolean;
}

/** Commands by which a person decides about a run: approve, reject, cancel, undo. */
export function decisionCommands(program: Command): void {
  program
    .command('approve')
    .description('let a held run go ahead: a new run, bound to exactly what was surveyed')
    .argument('<run>', 'run id or workflow id of the held run')
    .option('--hash <hash>', 'approve only if the survey has this hash')
    .option('--wait', 'wait until the new run has ended', false)
    .option(...reasonOption)
    .option(...byOption)
    .action((id: string, options: Waiting & Deciding & { hash?: string }, command: Command) =>
      withOwnInstallation(command, async (session, output) => {
        const { approveRun } = await import('../../operations/runs/approve.ts');
        const run = await approveRun(decidedBy(session.context, options), id, options);
        return reportRun(session, output, run, options.wait);
      }),
    );
  program
    .command('reject')
    .description('turn a held run down; nothing of it is removed')
    .argument('<run>', 'run id or workflow id of the held run')
    .option('--wait', 'accepted for symmetry with approve: there is nothing to wait for', false)
    .option(...reasonOption)
    .option(...byOption)
    .action((id: string, options: Deciding, command: Command) =>
      withOwnInstallation(command, async ({ context }, output) => {
        const { rejectHeldRun } = await import('../../operations/runs/approve.ts');
        const run = await rejectHeldRun(decidedBy(context, options), id, options.reason);
        output.result(run, () => describeRun(run));
        return exitCodes.success;
      }),
    );
  program
    .command('cancel')
    .description('stop a run after the current batch; committed work stays and can be undone')
    .argument('<run>', 'run id or workflow id')
    .action((id: string, _options, command: Command) =>
      withOwnInstallation(command, async ({ context }, output) => {
        const { cancelRun } = await import('../../operations/runs/cancel.ts');
        const run = await cancelRun(context, id);
        output.result(run, () => [`asked run ${run.run_id} to stop`]);
        return exitCodes.success;
      }),
    );
  program
    .command('undo')
    .description('put back what a run removed; restored rows are on hold until their dates change')
    .argument('<run>', 'run id or workflow id of the run to undo')
    .option('--wait', 'wait until everything is restored', false)
    .option('--preview', 'show what would be put back and what would be left alone; change nothing', false)
    .option(...reasonOption)
    .option(...byOption)
    .action((id: string, options: Waiting & Deciding & { readonly preview: boolean }, command: Command) =>
      withOwnInstallation(command, async (session, output) => {
        if (options.preview) {
          const { undoOutlook } = await import('../../operations/runs/undo-outlook.ts');
          const outlook = await undoOutlook(session.context, id);
          output.result(outlook, () => describeOutlook(outlook));
          return outlook.refusal === null ? exitCodes.success : exitCodes.failed;
        }
        const { undoRun } = await import('../../operations/runs/undo.ts');
        const run = await undoRun(decidedBy(session.context, options), id, options.reason);
        return reportRun(session, output, run, options.wait);
      }),
    );
}
