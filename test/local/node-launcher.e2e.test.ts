import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { cacheDir } from '../../src/local/cache-dir.ts';
import { cacheDir as launcherCacheDir } from '../../tools/node.mjs';
import { temporaryFolder } from './support.ts';

const run = promisify(execFile);
const LAUNCHER = join(import.meta.dirname, '..', '..', 'tools', 'node.mjs');
/** A Node that is too old, where this machine has one. */
const oldNode = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'node'))
  .find(
    (node) => existsSync(node) && Number(/^v(\d+)/.exec(spawnSync(node, ['--version']).stdout.toString())?.[1]) < 22,
  );

test.each([
  [{ COPPICE_CACHE: '/c' }, 'linux'],
  [{ HOME: '/home/u' }, 'linux'],
  [{ HOME: '/home/u', XDG_CACHE_HOME: '/x' }, 'linux'],
  [{ HOME: '/Users/u' }, 'darwin'],
  [{ HOME: '/u', LOCALAPPDATA: '/l' }, 'win32'],
] as const)('the launcher and Coppice agree on the cache folder: %o on %s', (env, platform) => {
  expect(launcherCacheDir(env, platform)).toBe(cacheDir(env, platform));
});

test('a Node that is new enough runs the script itself, TypeScript too', async () => {
  const script = typescript(
    'const words: string[] = process.argv.slice(2);\nprocess.stdout.write(process.pid + " " + words);',
  );
  const child = spawn(process.execPath, [LAUNCHER, script, 'a', '--b'], { stdio: ['ignore', 'pipe', 'inherit'] });
  expect(await firstLine(child.stdout)).toBe(`${child.pid} a,--b`);
});

describe.runIf(oldNode)('under a Node that is too old', () => {
  test('the script runs with the newer one from the cache; arguments and exit code pass', async () => {
    const script = typescript('const n: number = 7;\nprocess.stdout.write(process.version);\nprocess.exit(n);');
    const error = await run(oldNode ?? '', [LAUNCHER, script], { env: cacheWith(process.execPath) }).catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({ code: 7, stdout: process.version, stderr: '' });
  });

  test('a signal reaches the script, once', async () => {
    const script = typescript(`
      let count: number = 0;
      process.on('SIGINT', () => { count++; setTimeout(() => { process.stdout.write(String(count)); process.exit(5); }, 300); });
      process.stdout.write('ready\\n'); setInterval(() => {}, 1000);`);
    const child = spawn(oldNode ?? '', [LAUNCHER, script], {
      env: cacheWith(process.execPath),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    expect((await lines.next()).value).toBe('ready');
    child.kill('SIGINT');
    expect((await lines.next()).value).toBe('1');
    expect(await exitOf(child)).toBe(5);
  });

  test('without a cached one it is fetched through npm, which is reported on standard error', async () => {
    const folder = temporaryFolder();
    fakeNpm(folder);
    const env = { ...process.env, PATH: `${folder}:/usr/bin:/bin`, COPPICE_CACHE: join(folder, 'cache') };
    const script = typescript('process.stdout.write(process.version);');
    const first = await run(oldNode ?? '', [LAUNCHER, script], { env });
    expect(first.stdout).toBe(process.version);
    expect(first.stderr).toMatch(/^Node v?20\S* is too old: fetching Node 24\S* with npm into \S+\n$/);
    expect((await run(oldNode ?? '', [LAUNCHER, script], { env })).stderr).toBe('');
  });
});

function typescript(source: string): string {
  const script = join(temporaryFolder(), 'script.mts');
  writeFileSync(script, source);
  return script;
}

/** An environment whose cache holds that Node. */
function cacheWith(node: string): NodeJS.ProcessEnv {
  const cache = temporaryFolder();
  const program = join(cache, 'node', nodePath());
  mkdirSync(dirname(program), { recursive: true });
  symlinkSync(node, program);
  return { ...process.env, COPPICE_CACHE: cache };
}

function nodePath(): string {
  return join('node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
}

/** An `npm` that installs the Node of this test. */
function fakeNpm(folder: string): void {
  const path = join(folder, 'npm');
  const target = `"$3/${nodePath()}"`;
  writeFileSync(path, `#!/bin/sh\nmkdir -p "$(dirname ${target})"\nln -s ${process.execPath} ${target}\n`);
  chmodSync(path, 0o755);
}

async function exitOf(child: ReturnType<typeof spawn>): Promise<number | null> {
  if (child.exitCode === null) await once(child, 'exit');
  return child.exitCode;
}

async function firstLine(stream: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stream })) return line;
  throw new Error('ended without a word');
}
