import type { Command } from 'commander';
import type { StatusJson } from '../../operations/monitoring/status.ts';
import { withSession } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { printable } from '../output.ts';
import { dim, green, yellow } from '../style.ts';

export function statusCommand(program: Command): void {
  program
    .command('status')
    .description('list what needs a person, and nothing else; exit code 1 when something does')
    .action((_options, command: Command) =>
      withSession(command, async ({ context }, output) => {
        const { status } = await import('../../operations/monitoring/status.ts');
        const found = await status(context);
        output.result(found, () => describe(found));
        return found.ok ? exitCodes.success : exitCodes.failed;
      }),
    );
}

function describe({ needs, open_runs: open, next, temporal_actions: actions }: StatusJson): string[] {
  return [
    ...(needs.length === 0 ? [green('nothing needs a person')] : []),
    ...needs.flatMap(({ what, command }) => [
      `${yellow('•')} ${printable(what)}`,
      ...(command === null ? [] : [dim(`    ${command}`)]),
    ]),
    dim(
      `${open} ${open === 1 ? 'run is' : 'runs are'} open; ` +
        (next === null
          ? 'no schedule starts one'
          : `the next is ${next.job} at ${next.at.slice(0, 16).replace('T', ' ')} UTC`),
    ),
    ...(actions === null
      ? []
      : [
          dim(
            `about ${actions.last_day} Temporal actions within a day, ` +
              `${Math.round(actions.health_check_share * 100)} % of them by health-check`,
          ),
        ]),
  ];
}
