import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startPostgres } from '../tools/servers/postgres.ts';
import { startTemporal } from '../tools/servers/temporal.ts';

export interface Servers {
  readonly postgresUrl: string;
  readonly temporalAddress: string;
  /** Where the Temporal server tells its counts; `null` when it does not say. */
  readonly metricsUrl: string | null;
  /** A folder for this benchmark's files. */
  readonly folder: string;
  /** For the record. */
  readonly versions: string;
}

export const log = (line: string) => process.stderr.write(`${line}\n`);

/** A Temporal dev server with this dynamic configuration, next to the servers that run, for as long as the work takes. */
export async function withTemporal<T>(
  { postgresUrl, folder, versions }: Pick<Servers, 'postgresUrl' | 'folder' | 'versions'>,
  dynamicConfig: readonly string[],
  work: (servers: Servers) => Promise<T>,
): Promise<T> {
  const dir = mkdtempSync(join(folder, 'temporal-'));
  const temporal = await startTemporal({ dir, log, dynamicConfig });
  try {
    const announced = readFileSync(join(dir, 'temporal.log'), 'utf8');
    return await work({
      ...{ postgresUrl, folder },
      temporalAddress: temporal.address,
      metricsUrl: /Metrics:\s+(\S+)/.exec(announced)?.[1]?.replace('localhost', '127.0.0.1') ?? null,
      versions: `${versions}, Temporal ${/Server ([\d.]+)/.exec(announced)?.[1] ?? '?'}`,
    });
  } finally {
    await temporal.stop();
  }
}

/** PostgreSQL as durable as it comes and a Temporal dev server, for as long as the work takes. */
export async function withServers<T>(work: (servers: Servers) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'coppice-bench-'));
  const postgres = await startPostgres({ log });
  try {
    const versions = await settle(postgres.url);
    const without = { postgresUrl: postgres.url, folder, versions };
    return await withTemporal(without, [], work);
  } finally {
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * No checkpoint and no autovacuum by the clock: they would fall into some rounds and not into others. Commits stay as
 * durable as PostgreSQL makes them.
 */
async function settle(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("alter system set max_wal_size = '16GB'");
    await client.query("alter system set checkpoint_timeout = '1h'");
    await client.query('alter system set autovacuum = off');
    await client.query('select pg_reload_conf()');
    const { rows } = await client.query<{ version: string }>("select current_setting('server_version') as version");
    return `PostgreSQL ${rows[0]?.version ?? '?'}`;
  } finally {
    await client.end();
  }
}
