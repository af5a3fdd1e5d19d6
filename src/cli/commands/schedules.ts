import type { Command } from 'commander';
import { OperationError } from '../../operations/errors.ts';
import { withOwnInstallation, withSession } from '../command.ts';
import { byOption, type Deciding, decidedBy, reasonOption } from '../decision-options.ts';
import { describeSchedules } from '../describe-schedules.ts';
import { exitCodes } from '../exit-codes.ts';

export function schedulesCommand(program: Command): void {
  const schedules = program.command('schedules').description('the Temporal Schedules of this installation');
  schedules
    .command('apply')
    .description('bring schedules in line with the configuration; pauses set by a person stay')
    .option(
      '--move',
      'schedule_prefix was changed: replace the schedules of the former prefix while workers run',
      false,
    )
    .action((options: { move: boolean }, command: Command) =>
      withSession(command, async ({ context }, output) => {
        const { applyCatalogue } = await import('../../operations/runs/schedules.ts');
        const changes = await applyCatalogue(context, options);
        output.result(changes, () =>
          changes.map(
            (one) => `${one.schedule_id}: ${one.change.replaceAll('_', ' ')}${one.paused ? ' (paused)' : ''}`,
          ),
        );
        return exitCodes.success;
      }),
    );
  schedules
    .command('list')
    .description('list them, with the starts that Temporal itself skipped')
    .action((_options, command: Command) =>
      withOwnInstallation(command, async ({ context }, output) => {
        const { listSchedules } = await import('../../operations/runs/schedules.ts');
        const found = await listSchedules(context);
        output.result(found, () => describeSchedules(found));
        return exitCodes.success;
      }),
    );
  for (const [name, paused] of [
    ['pause', true],
    ['resume', false],
  ] as const) {
    schedules
      .command(name)
      .description(`${name} schedules`)
      .argument('[id...]', 'ids, see coppice schedules list')
      .option('--all', 'all of this installation', false)
      .option(...reasonOption)
      .option(...byOption)
      .action((ids: string[], options: Deciding & { all: boolean }, command: Command) =>
        withOwnInstallation(command, async ({ context }, output) => {
          if (ids.length === 0 && !options.all) {
            throw new OperationError('usage', 'EmptyScopeError', `which schedules? Name them, or pass --all`);
          }
          const { setPaused } = await import('../../operations/runs/schedules.ts');
          const found = await setPaused(decidedBy(context, options), options.all ? 'all' : ids, paused, options.reason);
          output.result(found, () => describeSchedules(found));
          return exitCodes.success;
        }),
      );
  }
}
