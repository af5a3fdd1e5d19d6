import type { Command } from 'commander';
import type { HoldFilter } from '../../operations/data/holds.ts';
import { withDatabase } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { printable, table } from '../output.ts';

interface Options {
  readonly collection?: string;
  readonly partition?: string;
  readonly id?: string;
  readonly run?: string;
}

export function holdsCommand(program: Command): void {
  const holds = program.command('holds').description('restored rows that no run takes again until their dates change');
  withFilter(holds.command('list').description('list them, the latest first')).action(
    (options: Options, command: Command) =>
      withDatabase(command, async ({ context }, output) => {
        const { listHolds } = await import('../../operations/data/holds.ts');
        const found = await listHolds(context, filterOf(options));
        output.result(found, () =>
          table([
            ['collection', 'id', 'partition', 'since', 'undo run'],
            ...found.map((hold) => [
              hold.collection,
              printable(hold.id),
              printable(hold.partition),
              hold.created_at.slice(0, 19),
              hold.run_id,
            ]),
          ]),
        );
        return exitCodes.success;
      }),
  );
  withFilter(holds.command('lift').description('lift those that match, so that the next run may take the rows')).action(
    (options: Options, command: Command) =>
      withDatabase(command, async ({ context }, output) => {
        const { liftHolds } = await import('../../operations/data/holds.ts');
        const result = await liftHolds(context, filterOf(options));
        output.result(result, () => [`${result.lifted} holds lifted`]);
        return exitCodes.success;
      }),
  );
}

function withFilter(command: Command): Command {
  return command
    .option('--collection <name>', 'of this collection')
    .option('--partition <name>', 'of this partition')
    .option('--id <id>', 'of this row')
    .option('--run <run>', 'set by this undo');
}

function filterOf(options: Options): HoldFilter {
  return {
    collection: options.collection ?? null,
    partition: options.partition ?? null,
    rowId: options.id ?? null,
    runId: options.run ?? null,
  };
}
