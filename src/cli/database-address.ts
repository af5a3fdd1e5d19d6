import type { Command } from 'commander';
import { type Globals, outputOf } from './command.ts';
import { invocationOf } from './invocation.ts';

/** The address of a database for commands that read no configuration file: from flags, the environment, or a running `up`. */
export async function databaseAddressOf(command: Command): Promise<string | null> {
  const { databaseUrl, dataDir } = command.optsWithGlobals<Globals>();
  const { env } = invocationOf(command).terminal;
  const named = databaseUrl ?? env.DATABASE_URL;
  if (named !== undefined && named !== '') return named;
  const { defaultDataDir } = await import('../config/config-file.ts');
  const { findRunningUp } = await import('./running-up.ts');
  const running = await findRunningUp(dataDir ?? (env.COPPICE_DATA_DIR || defaultDataDir), outputOf(command).note);
  return running?.database_url ?? null;
}
