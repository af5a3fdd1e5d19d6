import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Child, startChild } from './child-process.ts';
import { requireEmbeddedEngine } from './embedded-engine.ts';
import { freePort, requiredPort, retryPortClash } from './free-port.ts';

/** Creating the database takes seconds on a good machine; recovering a big one after a crash may take longer. */
const START_TIMEOUT_MS = 120_000;
const STOP_GRACE_MS = 30_000;

export interface EmbeddedPostgresOptions {
  /** The data go to its folder `postgres`. */
  dataDir: string;
  /** Free to choose if left out or 0. */
  port?: number;
  /** How long a client may sit in an open transaction, which keeps all others waiting, before it is dropped. */
  idleTransactionTimeoutMs?: number;
  /** How long to wait for a command that has opened the database for itself. */
  lockWaitMs?: number;
  log: (line: string) => void;
  signal?: AbortSignal;
}

export interface EmbeddedPostgres extends Child {
  url: string;
}

/**
 * PGlite with pgvector in a child process, for trying Coppice and for small installations. It is real PostgreSQL, but
 * all clients share one session: use transaction-level locks and settings, no named statements, no `COPY`.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  requireEmbeddedEngine();
  const { dataDir, log, idleTransactionTimeoutMs = 30_000, lockWaitMs = 30_000 } = options;
  const wanted = options.port ? await requiredPort(options.port, 'the embedded database') : undefined;
  // The same file as TypeScript in a checkout and as JavaScript in the package.
  const script = fileURLToPath(new URL(`./embedded-postgres-child${extname(import.meta.url)}`, import.meta.url));
  return retryPortClash(async () => {
    const port = wanted ?? (await freePort());
    const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
    const child = await startChild({
      name: 'The embedded database',
      command: process.execPath,
      args: [script, dataDir, String(port), String(idleTransactionTimeoutMs), String(lockWaitMs)],
      env: process.env,
      logFile: join(dataDir, 'postgres.log'),
      announces: `listening on ${port}\n`,
      isHealthy: async () => true,
      healthTimeoutMs: START_TIMEOUT_MS,
      graceMs: STOP_GRACE_MS,
      signal: options.signal,
    });
    log(`Embedded database ready at ${url}`);
    return { ...child, url };
  });
}
