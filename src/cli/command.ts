import type { Command } from 'commander';
import type { Config } from '../config/config.ts';
import { type Flags, loadConfig } from '../config/load.ts';
import { requireOwnInstallation } from '../operations/setup/own-installation.ts';
import { invocationOf } from './invocation.ts';
import { createOutput, type Output } from './output.ts';
import { openSession, type Session } from './session.ts';

/** Options that every command understands, before or after its name. */
export interface Globals {
  readonly json?: boolean;
  readonly config?: string;
  readonly dataDir?: string;
  readonly databaseUrl?: string;
  readonly address?: string;
  readonly namespace?: string;
}

function flagsOf(globals: Globals): Flags {
  const { config, dataDir, databaseUrl, address, namespace } = globals;
  return { config, dataDir, databaseUrl, address, namespace };
}

export function outputOf(command: Command): Output {
  return createOutput(command.optsWithGlobals<Globals>().json === true, invocationOf(command).terminal);
}

/** The configuration in force for this command: file, environment and flags. */
export function configOf(command: Command): Config {
  return loadConfig(invocationOf(command).terminal.env, flagsOf(command.optsWithGlobals<Globals>()));
}

/** Runs a command with its connections, which are closed however it ends, and keeps its exit code. */
export async function withSession(
  command: Command,
  work: (session: Session, output: Output) => Promise<number>,
): Promise<void> {
  const output = outputOf(command);
  const session = await openSession(configOf(command), output.note);
  try {
    invocationOf(command).exitCode = await work(session, output);
  } finally {
    await session.close();
  }
}

/**
 * As `withSession`, for commands that start, decide or delete something: refused on the database of an installation of
 * another name, and while workers of a configuration with another `schedule_prefix` run on it.
 */
export function withOwnInstallation(
  command: Command,
  work: (session: Session, output: Output) => Promise<number>,
): Promise<void> {
  return withSession(command, async (session, output) => {
    await requireOwnInstallation(session.context);
    return work(session, output);
  });
}

/** Gathers an option that may be given several times. */
export function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}
