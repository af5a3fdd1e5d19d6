import type { Command } from 'commander';
import { withSession } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';

export function migrateCommand(program: Command): void {
  program
    .command('migrate')
    .description("bring Coppice's own tables (schema coppice) and the default schema up to date")
    .action((_options, command: Command) =>
      withSession(command, async ({ parts }, output) => {
        const { migrateAll } = await import('../../prepare.ts');
        const result = await migrateAll(parts);
        const unprepared = result.unprepared.map(({ store, reason }) => ({ store, reason }));
        output.result({ ...result, unprepared }, () => [
          result.applied.length === 0 ? 'nothing to do' : `applied ${result.applied.join(', ')}`,
          `installation ${result.installation}`,
          ...unprepared.map(({ store, reason }) => `not prepared: ${store}: ${reason}`),
        ]);
        return unprepared.length === 0 ? exitCodes.success : exitCodes.partial;
      }),
    );
}
