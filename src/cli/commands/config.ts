import type { Command } from 'commander';
import { stringify } from 'yaml';
import { showConfig } from '../../config/show.ts';
import { configOf, outputOf } from '../command.ts';

export function configCommand(program: Command): void {
  program
    .command('config')
    .description('the configuration')
    .command('show')
    .description('the whole configuration as it is in force: file, environment and flags together, without secrets')
    .action((_options, command: Command) => {
      const shown = showConfig(configOf(command));
      outputOf(command).result(shown, () => [stringify(shown).trimEnd()]);
    });
}
