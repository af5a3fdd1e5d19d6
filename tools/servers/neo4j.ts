import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import neo4j from 'neo4j-driver';
import { cacheDir } from '../../src/local/cache-dir.ts';
import { startChild } from '../../src/local/child-process.ts';
import { freePort, requiredPort, retryPortClash } from '../../src/local/free-port.ts';
import { loadedClasses } from './neo4j-classes.ts';
import { neo4jInstallation } from './neo4j-install.ts';
import { neo4jCommand, neo4jSettings } from './neo4j-settings.ts';
import type { StartOptions, TestServer } from './server.ts';
import { inServerFolder, killServer, type ServerFolder } from './server-folder.ts';

const START_TIMEOUT_MS = 120_000;
const STOP_GRACE_MS = 20_000;
const USER = 'neo4j';

export interface Neo4jOptions extends StartOptions {
  /** Up sooner, and slower at long work: code is compiled once and not optimised. Not for measurements. */
  fast?: boolean;
  /** Of the Java heap: where GDS keeps its projections. */
  heapMb?: number;
}

export interface Neo4jServer extends TestServer {
  /** `bolt://127.0.0.1:port`, without the password. */
  boltUrl: string;
  user: string;
  password: string;
}

export async function prepareNeo4j(log: (line: string) => void): Promise<void> {
  const installation = await neo4jInstallation(cacheDir(process.env), log);
  await loadedClasses(installation, cacheDir(process.env), log);
}

/**
 * Neo4j Community with Graph Data Science on loopback: Bolt alone, no HTTP, a password of its own. `url` holds user and
 * password as `bolt://user:password@host:port`.
 */
export async function startNeo4j(options: Neo4jOptions): Promise<Neo4jServer> {
  return inServerFolder('neo4j', options.dir, (folder) => start(options, folder));
}

async function start(options: Neo4jOptions, folder: ServerFolder): Promise<Neo4jServer> {
  const { log, fast = false, heapMb = 768 } = options;
  const installation = await neo4jInstallation(cacheDir(process.env), log);
  const classes = await loadedClasses(installation, cacheDir(process.env), log);
  const password = passwordOf(folder.path);
  const wanted = options.port ? await requiredPort(options.port, 'Neo4j') : undefined;
  return retryPortClash(async () => {
    const port = wanted ?? (await freePort());
    const boltUrl = `bolt://127.0.0.1:${port}`;
    const conf = join(folder.path, 'conf');
    mkdirSync(conf, { recursive: true });
    writeFileSync(join(conf, 'neo4j.conf'), neo4jSettings({ port, plugins: installation.plugins }));
    const child = await startChild({
      name: 'Neo4j',
      ...neo4jCommand({ lib: installation.lib, home: folder.path, conf, heapMb, fast, classes: { read: classes } }),
      env: process.env,
      logFile: join(folder.path, 'neo4j.log'),
      announces: `:${port}.`, // Bolt enabled on localhost:…
      isHealthy: () => admits(boltUrl, password),
      healthTimeoutMs: START_TIMEOUT_MS,
      graceMs: STOP_GRACE_MS,
    });
    log(`Neo4j ready at ${boltUrl}`);
    return {
      ...{ url: boltUrl.replace('//', `//${USER}:${password}@`), boltUrl, user: USER, password, pid: child.pid },
      kill: () => killServer(child),
      async stop() {
        await child.stop();
        folder.remove();
      },
    };
  });
}

/** Kept beside the data that it opens, for a start on the same folder. */
function passwordOf(folder: string): string {
  const file = join(folder, 'password');
  if (!existsSync(file)) writeFileSync(file, randomBytes(16).toString('hex'), { mode: 0o600 });
  return readFileSync(file, 'utf8');
}

/** Whether our password opens it. A new server has the one that Neo4j ships with, and asks for another: it gets ours. */
async function admits(boltUrl: string, password: string): Promise<boolean> {
  if (await answers(boltUrl, password)) return true;
  const driver = neo4j.driver(boltUrl, neo4j.auth.basic(USER, USER));
  try {
    await driver.executeQuery(
      'ALTER CURRENT USER SET PASSWORD FROM $old TO $new',
      { old: USER, new: password },
      {
        database: 'system',
      },
    );
  } finally {
    await driver.close();
  }
  return false; // asked again
}

async function answers(boltUrl: string, password: string): Promise<boolean> {
  const driver = neo4j.driver(boltUrl, neo4j.auth.basic(USER, password));
  try {
    await driver.executeQuery('RETURN gds.version()');
    return true;
  } catch {
    return false;
  } finally {
    await driver.close();
  }
}
