import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { assemble } from '../src/assemble.ts';
import { loadConfig } from '../src/config/load.ts';
import { migrateAll } from '../src/prepare.ts';
import { fillApiDatabase } from './api-database.ts';
import { benchOf } from './comparisons.ts';
import type { BenchOptions } from './options.ts';
import type { Section } from './report.ts';
import { log, type Servers } from './servers.ts';
import { median } from './statistics.ts';
import { databaseUrl, query } from './template.ts';

const program = fileURLToPath(new URL('../bin/coppice.mjs', import.meta.url));
const run = promisify(execFile);

export const startUpBench = benchOf({
  name: 'start-up',
  title: 'CPU and time that short commands take, beside Node itself',
  options: '[--rows N] [--rounds 7] (rows: runs on record)',
  comparisons: { commands: { rows: 10_000, compare: compareCommands } },
});

/** The commands of one round; a name of the Node that starts it where that is not the one of this benchmark. */
interface Contestant {
  readonly name: string;
  readonly node: string;
  readonly args: readonly string[];
}

interface Cost {
  readonly cpuSeconds: number;
  readonly seconds: number;
}

async function compareCommands(servers: Servers, { rows, rounds }: BenchOptions): Promise<Section> {
  const env = await prepare(servers, rows);
  const contestants = [
    { name: "`node -e ''`", node: process.execPath, args: ['-e', ''] },
    ...commandsWith(process.execPath, ''),
    ...(await olderNode()),
  ];
  const costs = new Map(contestants.map((one): [Contestant, Cost[]] => [one, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [one, measured] of costs) {
      const cost = await costOf(one, env, servers.folder);
      // The first round fills the cache of compiled code.
      if (round > 0) measured.push(cost);
    }
  }
  const rowsOf = [...costs].map(([{ name }, measured]) => [
    name,
    seconds(median(measured.map((one) => one.cpuSeconds))),
    seconds(Math.max(...measured.map((one) => one.cpuSeconds))),
    seconds(median(measured.map((one) => one.seconds))),
  ]);
  return {
    versions: servers.versions,
    header: ['command', 'CPU, user and system, median', 'most', 'time, median'],
    rows: rowsOf,
    facts: [['goal for each command', '0.50 s of CPU']],
  };
}

/** A database with runs on record. Returns the environment of the commands. */
async function prepare(servers: Servers, runs: number): Promise<NodeJS.ProcessEnv> {
  const name = 'bench_start_up';
  await query(servers.postgresUrl, `create database ${name}`);
  const url = databaseUrl(servers.postgresUrl, name);
  await query(url, 'create extension vector');
  const parts = await assemble(loadConfig({ DATABASE_URL: url }), url, 'coppice bench');
  await migrateAll(parts);
  await parts.close();
  log(`Filling: ${runs} runs`);
  await fillApiDatabase(servers.postgresUrl, name, runs);
  const { TEMPORAL_ADDRESS: _, ...rest } = process.env;
  return { ...rest, DATABASE_URL: url, COPPICE_DATA_DIR: join(servers.folder, 'data') };
}

function commandsWith(node: string, suffix: string): Contestant[] {
  return [['--version'], ['--help'], ['runs'], ['runs', '--json']].map((args) => ({
    name: `\`coppice ${args.join(' ')}\`${suffix}`,
    node,
    args: [program, ...args],
  }));
}

/** Where the machine's own Node is too old, commands start with it and go on in a newer one. */
async function olderNode(): Promise<Contestant[]> {
  const version = await run('node', ['--version']).then(
    ({ stdout }) => stdout.trim(),
    () => null,
  );
  if (version === null || version === process.version) return [];
  return [
    { name: `\`node -e ''\`, Node ${version.slice(1)}`, node: 'node', args: ['-e', ''] },
    ...commandsWith('node', `, started with Node ${version.slice(1)}`),
  ];
}

/** Both columns of the last line that `times` prints: user and system time of all children. */
const childTimes = /(\d+)m([\d.]+)s (\d+)m([\d.]+)s\s*$/;

/** Returns the CPU time of a command and its children, as the shell measures it. */
async function costOf({ node, args }: Contestant, env: NodeJS.ProcessEnv, cwd: string): Promise<Cost> {
  const startedAt = performance.now();
  const { stdout } = await run('sh', ['-c', '"$@" > output.txt && times', 'sh', node, ...args], { env, cwd });
  const elapsed = (performance.now() - startedAt) / 1000;
  const [, userMinutes, user, systemMinutes, system] = childTimes.exec(stdout) ?? [];
  const cpuSeconds = 60 * (Number(userMinutes) + Number(systemMinutes)) + Number(user) + Number(system);
  if (Number.isNaN(cpuSeconds)) throw new Error(`the shell does not print its times: ${stdout}`);
  return { cpuSeconds, seconds: elapsed };
}

function seconds(value: number): string {
  return `${value.toFixed(2)} s`;
}
