import type { Command } from 'commander';
import { stringify } from 'yaml';
import { loadConfig } from '../../config/load.ts';
import { showConfig } from '../../config/show.ts';
import { flagsOf, outputOf } from '../command.ts';

export function configCommand(program: Command): void {
  program
    .command('config')
    .description('the configuration')
    .command('show')
    .description('the whole configuration as it is in force: file, environment and flags together, without secrets')
    .action((_options, command: Command) => {
      const shown = showConfig(loadConfig(process.env, flagsOf(command.optsWithGlobals())));
      outputOf(command).result(shown, () => [stringify(shown).trimEnd()]);
    });
}
