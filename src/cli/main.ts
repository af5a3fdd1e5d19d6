import { type Command, CommanderError } from 'commander';
import { toStoreError } from '../stores/postgres/errors.ts';
import { exitCodeOfError, exitCodes } from './exit-codes.ts';
import { createOutput } from './output.ts';
import { createProgram } from './program.ts';

/** The process's entry: parses, runs, and turns every error into a message and an exit code. */
async function main(argv: readonly string[]): Promise<void> {
  const program = createProgram();
  const json = argv.includes('--json');
  forEachCommand(program, (command) => {
    command.exitOverride();
    if (json) command.configureOutput({ writeErr: () => {} });
  });
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    if (error instanceof CommanderError) endUsage(error, json);
    else {
      const known = toStoreError(error);
      createOutput(json).error(known);
      process.exitCode = exitCodeOfError(known);
    }
  }
}

/** Help and version end well; everything else that the parser refuses is wrong usage, which it has said already. */
function endUsage(error: CommanderError, json: boolean): void {
  if (error.exitCode === 0) return;
  process.exitCode = exitCodes.usage;
  if (!json) return;
  const message = error.message.replace(/^error: /, '');
  createOutput(true).error(Object.assign(new Error(message), { name: 'UsageError', hint: 'See coppice --help.' }));
}

function forEachCommand(command: Command, work: (command: Command) => void): void {
  work(command);
  for (const one of command.commands) forEachCommand(one, work);
}

await main(process.argv);
