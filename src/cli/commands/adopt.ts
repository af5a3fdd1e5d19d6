import type { Command } from 'commander';
import { adopt } from '../../operations/adopt.ts';
import { withSession } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';

export function adoptCommand(program: Command): void {
  program
    .command('adopt')
    .description('let a copied or restored database take the place of the one that the installation was made in')
    .option('--new-installation', 'the original goes on: give this one an installation of its own', false)
    .addHelpText(
      'after',
      `
A worker refuses to run on a database that says that it is another one: a copy would share the original's task queue and
its vectors. Without an option the schedules are paused; look at \`coppice doctor --drift\`, then resume them.`,
    )
    .action((options: { newInstallation: boolean }, command: Command) =>
      withSession(command, async ({ context }, output) => {
        const done = await adopt(context, { anew: options.newInstallation });
        output.result(done, () => [
          `installation ${done.installation} lives in this database now`,
          ...(done.closed_runs > 0 ? [`${done.closed_runs} runs were left to the original`] : []),
          ...done.paused.map((id) => `paused ${id}`),
          'Next: coppice doctor --drift; then start a worker, and coppice schedules resume',
        ]);
        return exitCodes.success;
      }),
    );
}
