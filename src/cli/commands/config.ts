import type { Command } from 'commander';
import { configOf, outputOf } from '../command.ts';

export function configCommand(program: Command): void {
  program
    .command('config')
    .description('the configuration')
    .command('show')
    .description('the whole configuration as it is in force: file, environment and flags together, without secrets')
    .action(async (_options, command: Command) => {
      const { stringify } = await import('yaml');
      const { showConfig } = await import('../../config/show.ts');
      const shown = showConfig(await configOf(command));
      outputOf(command).result(shown, () => [stringify(shown).trimEnd()]);
    });
}
