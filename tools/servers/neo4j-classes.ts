import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import neo4j from 'neo4j-driver';
import { cachedFolder } from '../../src/local/cached-folder.ts';
import { startChild } from '../../src/local/child-process.ts';
import { freePort } from '../../src/local/free-port.ts';
import { runTool } from '../../src/local/run-tool.ts';
import type { Neo4jInstallation } from './neo4j-install.ts';
import { neo4jCommand, neo4jSettings } from './neo4j-settings.ts';

const QUESTION_TIMEOUT_MS = 30_000;
const START_TIMEOUT_MS = 120_000;
/** The archive is written while it stops. */
const STOP_GRACE_MS = 120_000;

/**
 * The classes that a start loads, as this machine's Java has read and checked them (class data sharing): 15 s of a start
 * become 5. Written once by a start made for it. A Java that does not fit the archive starts without it.
 */
export async function loadedClasses(
  installation: Neo4jInstallation,
  cacheDir: string,
  log: (line: string) => void,
): Promise<string> {
  const version = await runTool('java', ['--version'], { timeoutMs: QUESTION_TIMEOUT_MS });
  const java = createHash('sha256').update(version).digest('hex').slice(0, 16);
  const folder = join(cacheDir, `neo4j-classes-${installation.digest}-${java}`);
  if (!existsSync(folder)) log('Starting Neo4j once to archive its classes: this takes half a minute, once');
  await cachedFolder(folder, (temporary) => archive(installation, temporary));
  return join(folder, 'classes.jsa');
}

async function archive({ lib, plugins }: Neo4jInstallation, folder: string): Promise<void> {
  const home = join(folder, 'home');
  const port = await freePort();
  mkdirSync(home);
  // Without passwords: what asks for one is loaded too.
  writeFileSync(join(home, 'neo4j.conf'), `${neo4jSettings({ port, plugins })}dbms.security.auth_enabled=false\n`);
  const classes = { write: join(folder, 'classes.jsa') };
  const child = await startChild({
    name: 'Neo4j',
    ...neo4jCommand({ lib, home, conf: home, heapMb: 768, fast: true, classes }),
    env: process.env,
    logFile: join(home, 'neo4j.log'),
    announces: `:${port}.`,
    isHealthy: () => doSomeWork(`bolt://127.0.0.1:${port}`),
    healthTimeoutMs: START_TIMEOUT_MS,
    graceMs: STOP_GRACE_MS,
  });
  await child.stop();
  if (!existsSync(classes.write)) throw new Error('Java wrote no archive of the classes of Neo4j');
  await rm(home, { recursive: true });
}

/** The classes of what tests do first should be among them. */
async function doSomeWork(url: string): Promise<boolean> {
  const driver = neo4j.driver(url);
  try {
    await driver.executeQuery('CREATE (:A {n: 1})-[:B]->(:A {n: 2})');
    await driver.executeQuery("MATCH (a:A)-[:B]->(b) RETURN gds.graph.project('g', a, b)");
    await driver.executeQuery("CALL gds.pageRank.stats('g') YIELD ranIterations RETURN ranIterations");
    return true;
  } finally {
    await driver.close();
  }
}
