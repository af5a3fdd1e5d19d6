import type { Command } from 'commander';
import type { UninstallJson, UninstallOptions } from '../../operations/setup/uninstall.ts';
import { withOwnInstallation } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';

export function uninstallCommand(program: Command): void {
  program
    .command('uninstall')
    .description('remove the schedules and tables that Coppice owns; without --yes only list them')
    .option('--yes', 'do it, even where runs could still be undone', false)
    .option('--documents', "also the documents in Coppice's own tables (schema knowledge)", false)
    .option('--keep-schedules', 'leave the schedules and do not ask Temporal', false)
    .action((options: UninstallOptions, command: Command) =>
      withOwnInstallation(command, async ({ context }, output) => {
        const { uninstall } = await import('../../operations/setup/uninstall.ts');
        const result = await uninstall(context, options);
        output.result(result, () => describe(result));
        const { schedules, tables } = result.removes;
        if (result.done || schedules.length + tables.length === 0) return exitCodes.success;
        output.note('Nothing was done. To do it: --yes, with every worker stopped.');
        return exitCodes.usage;
      }),
    );
}

function describe({ done, installation, removes, loses, leaves }: UninstallJson): string[] {
  const [removed, lost] = done ? ['removed', 'lost'] : ['removes', 'loses'];
  const { schedules, tables } = removes;
  return [
    installation === null ? 'there is no installation here' : `installation ${installation}`,
    ...schedules.map((id) => `  ${removed.padEnd(8)} schedule ${id}`),
    ...(tables.length === 0 ? [] : [`  ${removed.padEnd(8)} ${tables.length} tables: ${tables.join(', ')}`]),
    ...(loses.undoable_rows === 0
      ? []
      : [
          `  ${lost.padEnd(8)} ${loses.undoable_rows} removed rows that could be put back until ${loses.undoable_until?.slice(0, 10)}`,
        ]),
    ...(loses.unsettled_documents === 0
      ? []
      : [
          `  ${lost.padEnd(8)} the vectors of up to ${loses.unsettled_documents} documents; run the job once more to settle them`,
        ]),
    ...leaves.map((what) => `  ${(done ? 'left' : 'leaves').padEnd(8)} ${what}`),
  ];
}
