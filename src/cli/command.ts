import type { Command } from 'commander';
import type { Parts } from '../assemble.ts';
import type { Config } from '../config/config.ts';
import type { Flags } from '../config/config-file.ts';
import type { DatabaseParts } from '../database-parts.ts';
import type { RunJson } from '../domain/run.ts';
import { invocationOf } from './invocation.ts';
import { createOutput, type Output } from './output.ts';
import type { Session } from './session.ts';

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
export async function configOf(command: Command): Promise<Config> {
  const { loadConfigWithPlugins } = await import('../plugins/load.ts');
  return loadConfigWithPlugins(invocationOf(command).terminal.env, flagsOf(command.optsWithGlobals<Globals>()));
}

/** The work of a command with its connections; returns the exit code. */
type Work<P extends DatabaseParts> = (session: Session<P>, output: Output) => Promise<number>;

/** Runs a command with its connections, which are closed however it ends, and keeps its exit code. */
export async function withSession(command: Command, work: Work<Parts>): Promise<void> {
  const config = await configOf(command);
  const { openSession } = await import('./session.ts');
  return workWith(command, (note) => openSession(config, note), work);
}

/** As `withSession`, for commands on Coppice's own tables, which need no module of a store. */
export async function withDatabase(command: Command, work: Work<DatabaseParts>): Promise<void> {
  const config = await configOf(command);
  const { openDatabaseSession } = await import('./session.ts');
  return workWith(command, (note) => openDatabaseSession(config, note), work);
}

async function workWith<P extends DatabaseParts>(
  command: Command,
  open: (note: Output['note']) => Promise<Session<P>>,
  work: Work<P>,
): Promise<void> {
  const output = outputOf(command);
  const session = await open(output.note);
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
export function withOwnInstallation(command: Command, work: Work<Parts>): Promise<void> {
  return withSession(command, async (session, output) => {
    const { requireOwnInstallation } = await import('../operations/setup/own-installation.ts');
    await requireOwnInstallation(session.context);
    return work(session, output);
  });
}

/** Gathers an option that may be given several times. */
export function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

/**
 * Prints a run that was just started, or waits for its end and prints that. Returns the exit code. `shown` is the run as
 * `--json` prints it.
 */
export async function reportRun(
  session: Session,
  output: Output,
  run: RunJson,
  wait: boolean,
  shown?: (run: RunJson) => unknown,
): Promise<number> {
  const { reportRun: report } = await import('./report-run.ts');
  return report(session, output, run, wait, shown);
}
