import type { Command } from 'commander';
import { withDatabase } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { printable, table } from '../output.ts';

const mostListed = 1_000;

export function alertsCommand(program: Command): void {
  program
    .command('alerts')
    .description('problems that the job health-check has found')
    .command('list')
    .description('list open alerts, the latest first')
    .option('--all', 'also those that are resolved', false)
    .action((options: { all: boolean }, command: Command) =>
      withDatabase(command, async ({ context }, output) => {
        const { listAlerts } = await import('../../operations/monitoring/alerts.ts');
        const found = await listAlerts(context, { all: options.all, limit: mostListed });
        output.result(found, () =>
          table([
            ['rule', 'state', 'since', 'until', 'what'],
            ...found.map((one) => [
              one.rule,
              one.state,
              one.fired_at.slice(0, 19),
              one.resolved_at?.slice(0, 19) ?? '',
              printable(one.message).slice(0, 120),
            ]),
          ]),
        );
        return exitCodes.success;
      }),
    );
}
