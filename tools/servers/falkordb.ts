import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@redis/client';
import { cacheDir } from '../../src/local/cache-dir.ts';
import { startChild } from '../../src/local/child-process.ts';
import { freePort, requiredPort, retryPortClash } from '../../src/local/free-port.ts';
import { falkordbPrograms } from './falkordb-install.ts';
import type { StartOptions, TestServer } from './server.ts';
import { inServerFolder, killServer, type ServerFolder } from './server-folder.ts';

/** A durable one reads again all that was ever written to it. */
const START_TIMEOUT_MS = 120_000;
const HEALTH_CALL_TIMEOUT_MS = 2_000;

export interface FalkordbOptions extends StartOptions {
  /** Every answered write outlives a kill. Without it nothing outlives the process. */
  durable?: boolean;
}

export async function prepareFalkordb(log: (line: string) => void): Promise<void> {
  await falkordbPrograms(cacheDir(process.env), log);
}

/** FalkorDB on loopback with a password of its own, which stands in its `url` (`redis://:password@host:port`). */
export async function startFalkordb(options: FalkordbOptions): Promise<TestServer> {
  return inServerFolder('falkordb', options.dir, (folder) => start(options, folder));
}

async function start(options: FalkordbOptions, folder: ServerFolder): Promise<TestServer> {
  const { log, durable = false } = options;
  const programs = await falkordbPrograms(cacheDir(process.env), log);
  const password = passwordOf(folder.path);
  const wanted = options.port ? await requiredPort(options.port, 'FalkorDB') : undefined;
  return retryPortClash(async () => {
    const port = wanted ?? (await freePort());
    const url = `redis://:${password}@127.0.0.1:${port}`;
    const config = join(folder.path, 'redis.conf');
    // In a file, since a password among the arguments would stand in the list of processes.
    writeFileSync(config, settings({ port, password, dir: folder.path, module: programs.module, durable }), {
      mode: 0o600,
    });
    const child = await startChild({
      name: 'FalkorDB',
      command: programs.server,
      args: [config],
      env: process.env,
      logFile: join(folder.path, 'falkordb.log'),
      announces: 'Ready to accept connections',
      isHealthy: () => answers(url),
      healthTimeoutMs: START_TIMEOUT_MS,
    });
    log(`FalkorDB ready at 127.0.0.1:${port}`);
    return {
      ...{ url, pid: child.pid },
      kill: () => killServer(child),
      async stop() {
        await child.stop();
        folder.remove();
      },
    };
  });
}

/** For a start on the same folder, the same. */
function passwordOf(folder: string): string {
  const file = join(folder, 'password');
  if (!existsSync(file)) writeFileSync(file, randomBytes(16).toString('hex'), { mode: 0o600 });
  return readFileSync(file, 'utf8');
}

function settings(server: { port: number; password: string; dir: string; module: string; durable: boolean }): string {
  const { port, password, dir, module, durable } = server;
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    `dir ${JSON.stringify(dir)}`,
    // The changes are logged, and not the query: at the next start, queries would be carried out once more.
    `loadmodule ${JSON.stringify(module)}${durable ? ' EFFECTS_THRESHOLD 0' : ''}`,
    'save ""',
    ...(durable ? ['appendonly yes', 'appendfsync always'] : ['appendonly no']),
    '',
  ].join('\n');
}

async function answers(url: string): Promise<boolean> {
  const client = createClient({
    url,
    socket: { connectTimeout: HEALTH_CALL_TIMEOUT_MS, reconnectStrategy: false },
  }).on('error', () => {});
  await client.connect();
  try {
    await client.sendCommand(['GRAPH.LIST']);
    return true;
  } finally {
    client.destroy();
  }
}
