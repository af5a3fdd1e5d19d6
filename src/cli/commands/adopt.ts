import { type Command, Option } from 'commander';
import { withSession } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';

export function adoptCommand(program: Command): void {
  program
    .command('adopt')
    .description('let a copied or restored database take the place of the one that the installation was made in')
    .option('--new-installation', 'the original stays in use: give this database an installation of its own', false)
    .addOption(
      new Option(
        '--rename <name>',
        'only give the installation another name, which the configuration has already',
      ).conflicts('newInstallation'),
    )
    .addHelpText(
      'after',
      `
A worker refuses to run on a database that says that it is another one: a copy would share the original's task queue and
its vectors. Without an option the schedules are paused; look at \`coppice doctor --drift\`, then resume them.`,
    )
    .action((options: { newInstallation: boolean; rename?: string }, command: Command) =>
      withSession(command, async ({ context }, output) => {
        const { adopt, rename } = await import('../../operations/setup/adopt.ts');
        if (options.rename !== undefined) {
          const renamed = await rename(context, options.rename);
          output.result(renamed, () => [`the installation of this database is called ${renamed.name}`]);
          return exitCodes.success;
        }
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
