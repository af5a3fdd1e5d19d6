import { type Command, CommanderError } from 'commander';
import { toStoreError } from '../database/errors.ts';
import { exitCodeOfError, exitCodes } from './exit-codes.ts';
import { bindInvocation, type Invocation, type Terminal } from './invocation.ts';
import { createOutput } from './output.ts';
import { createProgram } from './program.ts';

/**
 * Runs one command line and returns the exit code. Every error becomes a message on the terminal.
 *
 * @param args without the program and the script
 */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<number> {
  const program = createProgram();
  const invocation: Invocation = { terminal, exitCode: exitCodes.success };
  bindInvocation(program, invocation);
  const json = args.includes('--json');
  forEachCommand(program, (command) => {
    command.exitOverride();
    command.configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => {
        if (!json) terminal.stderr.write(text);
      },
    });
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return endUsage(error, json, terminal);
    const known = toStoreError(error);
    createOutput(json, terminal).error(known);
    return exitCodeOfError(known);
  }
  return invocation.exitCode;
}

/** Help and version end well. The parser has printed every other refusal already, except under `--json`. */
function endUsage(error: CommanderError, json: boolean, terminal: Terminal): number {
  if (error.exitCode === 0) return exitCodes.success;
  if (json) {
    const message = error.message.replace(/^error: /, '');
    const usage = Object.assign(new Error(message), { name: 'UsageError', hint: 'See coppice --help.' });
    createOutput(true, terminal).error(usage);
  }
  return exitCodes.usage;
}

function forEachCommand(command: Command, work: (command: Command) => void): void {
  work(command);
  for (const one of command.commands) forEachCommand(one, work);
}
