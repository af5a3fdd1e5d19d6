import type { Command } from 'commander';
import type { DeadLetterJson } from '../../operations/runs/dead-letters.ts';
import { reportRun, withOwnInstallation } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { printable, table } from '../output.ts';

export function deadLettersCommand(program: Command): void {
  const letters = program.command('dead-letters').description('partitions that were given up after their retries');
  letters
    .command('list')
    .description('list them; every later run tries them again')
    .option('--job <job>', 'only of this job')
    .action((options: { job?: string }, command: Command) =>
      withOwnInstallation(command, async ({ context }, output) => {
        const { listDeadLetters } = await import('../../operations/runs/dead-letters.ts');
        const found = await listDeadLetters(context, options.job ?? null);
        output.result(found, () =>
          table([
            ['dead letter', 'job', 'collection', 'partition', 'attempts', 'since', 'cause'],
            ...found.map((one) => [
              one.id,
              one.job,
              one.collection,
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
    .command('show')
    .description('one of them: cause, attempts, parameters; never content')
    .argument('<id>', 'the dead letter')
    .action((id: string, _options, command: Command) =>
      withOwnInstallation(command, async ({ context }, output) => {
        const { showDeadLetter } = await import('../../operations/runs/dead-letters.ts');
        const letter = await showDeadLetter(context, id);
        output.result(letter, () => describe(letter));
        return exitCodes.success;
      }),
    );
  letters
    .command('retry')
    .description('run the job over just this partition')
    .argument('<id>', 'the dead letter')
    .option('--wait', 'wait until the run has ended', false)
    .action((id: string, options: { wait: boolean }, command: Command) =>
      withOwnInstallation(command, async (session, output) => {
        const { retryDeadLetter } = await import('../../operations/runs/dead-letters.ts');
        return reportRun(session, output, await retryDeadLetter(session.context, id), options.wait);
      }),
    );
  letters
    .command('drop')
    .description('forget it; the next run comes to the partition as to any other')
    .argument('<id>', 'the dead letter')
    .action((id: string, _options, command: Command) =>
      withOwnInstallation(command, async ({ context }, output) => {
        const { dropDeadLetter } = await import('../../operations/runs/dead-letters.ts');
        const letter = await dropDeadLetter(context, id);
        output.result(letter, () => [`dead letter ${letter.id} dropped`]);
        return exitCodes.success;
      }),
    );
}

function describe(letter: DeadLetterJson): string[] {
  const given = Object.entries(letter.parameters).map(([name, value]) => `${name}=${value ?? 'off'}`);
  return [
    `${letter.job}: ${printable(letter.partition)} of ${letter.collection}`,
    `  cause        ${letter.error.name}: ${printable(letter.error.message)}`,
    ...(letter.error.hint === null ? [] : [`               ${letter.error.hint}`]),
    `  attempts     ${letter.attempts}, from ${letter.first_at.slice(0, 19)} to ${letter.last_at.slice(0, 19)}`,
    `  parameters   ${given.join(', ') || 'none'}`,
    `  last run     ${letter.run_id}`,
  ];
}
