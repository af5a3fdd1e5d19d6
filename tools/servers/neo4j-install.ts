import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cachedFolder } from '../../src/local/cached-folder.ts';
import { runTool } from '../../src/local/run-tool.ts';

const FOLDER = join(import.meta.dirname, 'neo4j');
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
const DOWNLOAD_TIMEOUT_MS = 20 * 60_000;

/** The jars of GDS that hold procedures: Neo4j looks for those in its folder of plugins only. */
const PROCEDURES = /^org\.neo4j\.gds\.(alpha-proc|proc-[a-z-]+|cypher-aggregation)-[\d.]+\.jar$/;

export interface Neo4jInstallation {
  /** All jars, the plugins too: what lies on the class path is in the archive of loaded classes. */
  lib: string;
  plugins: string;
  /** Changes with any of the jars. */
  digest: string;
}

/** Neo4j Community 5.26 with Graph Data Science 2.13, fetched through Maven, whose own configuration says from where. */
export async function neo4jInstallation(cacheDir: string, log: (line: string) => void): Promise<Neo4jInstallation> {
  const pinned = await readFile(join(FOLDER, 'jars.sha256'), 'utf8');
  const digest = createHash('sha256').update(pinned).digest('hex').slice(0, 16);
  const folder = join(cacheDir, `neo4j-${digest}`);
  const lib = join(folder, 'lib');
  if (!existsSync(folder)) log('Fetching Neo4j with Graph Data Science with Maven: this takes a minute, once');
  await cachedFolder(folder, async (temporary) => {
    const into = join(temporary, 'lib');
    // Neo4j has jars of the same name in two groups: without the group one would take the place of the other.
    const settings = [`-DoutputDirectory=${into}`, '-DincludeScope=runtime', '-Dmdep.prependGroupId=true'];
    const maven = ['-B', '-q', '-f', join(FOLDER, 'pom.xml'), COPY, ...settings];
    await runTool('mvn', maven, { timeoutMs: DOWNLOAD_TIMEOUT_MS });
    await verify(into, pinned);
    const plugins = join(temporary, 'plugins');
    await mkdir(plugins);
    const jars = (await readdir(into)).filter((jar) => PROCEDURES.test(jar));
    for (const jar of jars) await link(join(into, jar), join(plugins, jar));
  });
  return { lib, plugins: join(folder, 'plugins'), digest };
}

/** All the pinned jars and no other, byte for byte. */
async function verify(folder: string, pinned: string): Promise<void> {
  const expected = new Set(pinned.trimEnd().split('\n'));
  for (const jar of await readdir(folder)) {
    const sha256 = createHash('sha256')
      .update(await readFile(join(folder, jar)))
      .digest('hex');
    if (!expected.delete(`${sha256}  ${jar}`)) throw new Error(`Maven brought a ${jar} that is not the pinned one`);
  }
  if (expected.size > 0)
    throw new Error(`Maven did not bring ${[...expected].map((line) => line.slice(66)).join(', ')}`);
}
