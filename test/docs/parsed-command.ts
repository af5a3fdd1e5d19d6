import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program.ts';

/** The real parser, with commands that do nothing. Rejects for arguments that are no command of Coppice. */
export async function parsed(args: readonly string[]): Promise<void> {
  const program = createProgram();
  disarm(program);
  await program.parseAsync(['node', 'coppice', ...args]);
}

function disarm(command: Command): void {
  command.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} });
  command.action(() => {});
  for (const one of command.commands) disarm(one);
}
