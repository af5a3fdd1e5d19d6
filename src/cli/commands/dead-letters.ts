import type { Command } from 'commander';
import { dropDeadLetter, listDeadLetters, retryDeadLetter } from '../../operations/dead-letters.ts';
import { withSession } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { printable, table } from '../output.ts';
import { reportRun } from '../report-run.ts';

export function deadLettersCommand(program: Command): void {
  const letters = program.command('dead-letters').description('partitions that were given up after their retries');
  letters
    .command('list')
    .description('list them; every later run tries them again')
    .option('--job <job>', 'only of this job')
    .action((options: { job?: string }, command: Command) =>
      withSession(command, async ({ context }, output) => {
        const found = await listDeadLetters(context, options.job ?? null);
        output.result(found, () =>
          table([
            ['dead letter', 'job', 'partition', 'attempts', 'since', 'cause'],
            ...found.map((one) => [
              one.id,
              one.job,
              printable(one.partition),
              String(one.attempts),
              one.first_at.slice(0, 19),
              `${one.error.name}: ${printable(one.error.message)}`.slice(0, 100),
            ]),
          ]),
        );
        return exitCodes.success;
      }),
    );
  letters
    .command('retry')
    .description('run the job over just this partition')
    .argument('<id>', 'the dead letter')
    .option('--wait', 'wait until the run has ended', false)
    .action((id: string, options: { wait: boolean }, command: Command) =>
      withSession(command, async (session, output) =>
        reportRun(session, output, await retryDeadLetter(session.context, id), options.wait),
      ),
    );
  letters
    .command('drop')
    .description('forget it; the next run comes to the partition as to any other')
    .argument('<id>', 'the dead letter')
    .action((id: string, _options, command: Command) =>
      withSession(command, async ({ context }, output) => {
        const letter = await dropDeadLetter(context, id);
        output.result(letter, () => [`dead letter ${letter.id} dropped`]);
        return exitCodes.success;
      }),
    );
}
