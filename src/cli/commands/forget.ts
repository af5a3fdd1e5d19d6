import type { Command } from 'commander';
import type { ForgetJson } from '../../operations/data/forget.ts';
import { withSession } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';

interface Options {
  readonly id: boolean;
  readonly collection?: string;
  readonly yes: boolean;
}

export function forgetCommand(program: Command): void {
  program
    .command('forget')
    .description('purge what Coppice keeps of a person or a workspace; without --yes only count it')
    .argument('<subject>', 'name of the partition (the workspace, the user), or with --id of a row')
    .option('--id', 'the subject is the id of a row or a document', false)
    .option('--collection <name>', 'only of this collection')
    .option('--yes', 'do it; what is forgotten cannot be undone', false)
    .addHelpText(
      'after',
      `
Ledger, holds, dead letters, topics, insights and reports, names and ids in the records of runs, and the name in what tokens may see: one with nothing
left to see is revoked. Your own tables are yours: delete there first.
Can be repeated. Refused while a run works on it.`,
    )
    .action((subject: string, { id, collection, yes }: Options, command: Command) =>
      withSession(command, async ({ context }, output) => {
        const { forget } = await import('../../operations/data/forget.ts');
        const result = await forget(context, { subject, byId: id, collection: collection ?? null, yes });
        output.result(result, () => describe(result));
        const nothing = Object.values(result.removed).every((count) => count === 0);
        return result.done || nothing ? exitCodes.success : exitCodes.usage;
      }),
    );
}

function describe({ done, removed, not_reached }: ForgetJson): string[] {
  const words = Object.entries(removed).map(
    ([name, count]) => `  ${String(count).padStart(8)} ${name.replaceAll('_', ' ')}`,
  );
  return [
    done ? 'Forgotten:' : 'Would be forgotten, with --yes:',
    ...words,
    'Not reached:',
    ...not_reached.map((text) => `  ${text}`),
  ];
}
