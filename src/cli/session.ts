import { mkdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { assemble, type Parts } from '../assemble.ts';
import type { Config } from '../config/config.ts';
import { startEmbeddedPostgres } from '../local/embedded-postgres.ts';
import type { Context } from '../operations/context.ts';
import { clientOnDemand, type TemporalSettings, temporalSettings } from '../temporal/connection.ts';
import { readRunningUp } from './running-up.ts';

/** A command's connections, opened as the configuration and a running `up` say. */
export interface Session {
  readonly config: Config;
  readonly parts: Parts;
  readonly context: Context;
  readonly temporal: TemporalSettings | null;
  close(): Promise<void>;
}

export async function openSession(config: Config): Promise<Session> {
  const running = readRunningUp(config.dataDir);
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
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  return startEmbeddedPostgres({ dataDir: config.dataDir, log: () => {} });
}

export function requester(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}
