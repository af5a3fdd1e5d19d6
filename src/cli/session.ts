import { userInfo } from 'node:os';
import type { Parts } from '../assemble.ts';
import type { Config } from '../config/config.ts';
import { type DatabaseParts, openDatabaseParts } from '../database-parts.ts';
import type { Context } from '../operations/context.ts';
import { clientOnDemand } from '../temporal/client-on-demand.ts';
import { type TemporalSettings, temporalSettings } from '../temporal/settings.ts';
import { findRunningUp } from './running-up.ts';

/** A command's connections, opened as the configuration and a running `up` say. */
export interface Session<P extends DatabaseParts = Parts> {
  readonly config: Config;
  readonly parts: P;
  readonly context: Context<P>;
  readonly temporal: TemporalSettings | null;
  close(): Promise<void>;
}

type OpenParts<P> = (config: Config, databaseUrl: string, applicationName: string) => P | Promise<P>;

/** @param note tells a person why the command waits */
export async function openSession(config: Config, note: (line: string) => void): Promise<Session> {
  const { assemble } = await import('../assemble.ts');
  return open(config, note, assemble);
}

/** The same for a command on Coppice's own tables, which needs no stores. */
export function openDatabaseSession(config: Config, note: (line: string) => void): Promise<Session<DatabaseParts>> {
  return open(config, note, openDatabaseParts);
}

async function open<P extends DatabaseParts>(
  config: Config,
  note: (line: string) => void,
  openParts: OpenParts<P>,
): Promise<Session<P>> {
  const running = await findRunningUp(config.dataDir, note);
  const database = await openDatabase(config, running?.database_url ?? null);
  const parts = await openParts(config, database.url, 'coppice cli');
  const temporal = temporalSettings(config.temporal, running?.temporal_address ?? null);
  const temporalClient = clientOnDemand(temporal);
  return {
    config,
    parts,
    temporal,
    context: {
      parts,
      namespace: temporal?.namespace ?? 'default',
      requestedBy: requester(),
      client: temporalClient.client,
    },
    close: async () => {
      await temporalClient.close();
      await parts.close();
      await database.stop();
    },
  };
}

/** The configured database, that of a running `up`, or the embedded one for as long as the command takes. */
async function openDatabase(config: Config, running: string | null): Promise<{ url: string; stop(): Promise<void> }> {
  const url = config.database.url ?? running;
  if (url !== null) return { url, stop: async () => {} };
  const { ensureDataDir } = await import('../local/data-dir.ts');
  const { startEmbeddedPostgres } = await import('../local/embedded-postgres.ts');
  ensureDataDir(config.dataDir);
  return startEmbeddedPostgres({ dataDir: config.dataDir, log: () => {} });
}

export function requester(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}
