import { chownSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { cacheDir } from '../../src/local/cache-dir.ts';
import { startChild } from '../../src/local/child-process.ts';
import { freePort, requiredPort, retryPortClash } from '../../src/local/free-port.ts';
import { runTool } from '../../src/local/run-tool.ts';
import { postgresBinaries, postgresUser } from './postgres-install.ts';
import type { StartOptions, TestServer } from './server.ts';
import { inServerFolder, killServer, type ServerFolder } from './server-folder.ts';

const INITDB_TIMEOUT_MS = 60_000;
const START_TIMEOUT_MS = 60_000;
const USER = 'postgres';

/**
 * Faster on slow disks, and nothing survives a crash of the *machine*. A killed server loses nothing: commits have been
 * handed to the system (with `synchronous_commit` off the last ones would be gone).
 */
const FAST = { fsync: 'off', full_page_writes: 'off' };

export interface PostgresOptions extends StartOptions {
  fast?: boolean;
  /** Words of a command that starts the server's own command, e.g. in a namespace. */
  launcher?: readonly string[];
  /** The folder of another PostgreSQL's programs than that of the tests. */
  bin?: string;
  /** More of its settings. */
  settings?: Readonly<Record<string, string>>;
}

export async function preparePostgres(log: (line: string) => void): Promise<void> {
  await postgresBinaries(cacheDir(process.env), log);
}

/** A native PostgreSQL 16 with pgvector on loopback, with a superuser `postgres` and no password. */
export async function startPostgres(options: PostgresOptions): Promise<TestServer> {
  return inServerFolder('postgres', options.dir, (folder) => start(options, folder));
}

async function start(options: PostgresOptions, folder: ServerFolder): Promise<TestServer> {
  const { log } = options;
  const bin = options.bin ?? (await postgresBinaries(cacheDir(process.env), log));
  const user = postgresUser();
  const data = join(folder.path, 'data');
  await initialise(bin, data);

  const wanted = options.port ? await requiredPort(options.port, 'PostgreSQL') : undefined;
  return retryPortClash(async () => {
    const port = wanted ?? (await freePort());
    const url = `postgres://${USER}@127.0.0.1:${port}/postgres`;
    const settings = { port, listen_addresses: '127.0.0.1', unix_socket_directories: '', max_connections: 200 };
    const [command, ...before] = [...(options.launcher ?? []), join(bin, 'postgres')];
    const child = await startChild({
      name: 'PostgreSQL',
      command,
      args: [...before, '-D', data, ...asFlags({ ...settings, ...(options.fast ? FAST : {}), ...options.settings })],
      env: process.env,
      logFile: join(folder.path, 'postgres.log'),
      announces: `port ${port}`, // listening on IPv4 address "127.0.0.1", port …
      isHealthy: () => answers(url),
      healthTimeoutMs: START_TIMEOUT_MS,
      ...user,
    });
    log(`PostgreSQL ready at ${url}`);
    return {
      url,
      pid: child.pid,
      // An immediate shutdown: no checkpoint, recovery at the next start. After SIGKILL its children live on for a while.
      kill: () => killServer(child, 'SIGQUIT'),
      async stop() {
        await child.stop();
        folder.remove();
      },
    };
  });
}

async function initialise(bin: string, data: string): Promise<void> {
  if (existsSync(join(data, 'PG_VERSION'))) return;
  const user = postgresUser();
  mkdirSync(data, { recursive: true, mode: 0o700 });
  if (user) chownSync(data, user.uid, user.gid);
  const args = ['-D', data, '-U', USER, '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'];
  await runTool(join(bin, 'initdb'), args, { timeoutMs: INITDB_TIMEOUT_MS, cwd: '/', ...user });
}

function asFlags(settings: Readonly<Record<string, string | number>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } finally {
    await client.end();
  }
}
