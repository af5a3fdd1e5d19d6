import { userInfo } from 'node:os';
import { assemble, type Parts } from '../assemble.ts';
import type { Config } from '../config/config.ts';
import { ensureDataDir } from '../local/data-dir.ts';
import { startEmbeddedPostgres } from '../local/embedded-postgres.ts';
import type { Context } from '../operations/context.ts';
import { clientOnDemand, type TemporalSettings, temporalSettings } from '../temporal/connection.ts';
import { findRunningUp } from './running-up.ts';

/** A command's connections, opened as the configuration and a running `up` say. */
export interface Session {
  readonly config: Config;
  readonly parts: Parts;
  readonly context: Context;
  readonly temporal: TemporalSettings | null;
  close(): Promise<void>;
}

/** @param note tells a person why the command waits */
export async function openSession(config: Config, note: (line: string) => void): Promise<Session> {
  const running = await findRunningUp(config.dataDir, note);
  const database = await openDatabase(config, running?.database_url ?? null);
  const parts = await assemble(config, database.url, 'coppice cli');
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
