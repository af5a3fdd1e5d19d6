/**
 * `node tools/node.mjs SCRIPT [ARGUMENT …]` runs a script with a Node that is new enough, whatever the machine's own
 * is: with this one where it will do, else with Node 24 from the cache, fetched there through npm if need be.
 * Plain JavaScript, since it has to run on the old one too.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const NODE_VERSION = '24.21.0';
/** From here on Node strips types by itself; between the two it has to be told. */
const STRIPS_TYPES = [22, 18];
const OLDEST = [22, 12];
const STRIP_TYPES_FLAG = '--experimental-strip-types';

/** The same rule as src/local/cache-dir.ts. */
export function cacheDir(env = process.env, platform = process.platform) {
  if (env.COPPICE_CACHE) return env.COPPICE_CACHE;
  const home = env.HOME || homedir();
  if (platform === 'win32') return join(env.LOCALAPPDATA || join(home, 'AppData', 'Local'), 'coppice');
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'coppice');
  return join(env.XDG_CACHE_HOME || join(home, '.cache'), 'coppice');
}

/** Whether this process may run Coppice itself, compiled: no TypeScript. */
export function isNewEnough(version = process.versions.node) {
  return atLeast(version, OLDEST);
}

/** The path of a Node that is new enough, not this one. */
export function findNode() {
  const folder = join(cacheDir(), 'node');
  const node = executable(folder);
  // It was run when it was installed. To ask it for its version again would add a tenth of a second to every command.
  if (isInstalled(node) || works(node)) return node;
  process.stderr.write(
    `Node ${process.versions.node} is too old: fetching Node ${NODE_VERSION} with npm into ${folder}\n`,
  );
  mkdirSync(cacheDir(), { recursive: true });
  const temporary = mkdtempSync(join(cacheDir(), '.node-'));
  try {
    install(temporary);
    if (!works(executable(temporary))) throw new Error(`The fetched Node ${NODE_VERSION} does not run here`);
    replace(folder, temporary);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return node;
}

/** Runs the arguments with a newer Node in this process's stead: same terminal, signals and exit code. */
export async function runWithNode(args) {
  const node = findNode();
  const child = spawn(node, args, { stdio: 'inherit' });
  // A terminal sends Ctrl-C to the child too; twice would mean "at once" to some programs. Others send it to us alone.
  const fromTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  process.on('SIGINT', () => fromTerminal || child.kill('SIGINT'));
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  const [code, signal] = await new Promise((done, fail) => {
    child.on('error', ({ message }) =>
      fail(new Error(`${node} cannot be run (${message}): delete the folder ${join(cacheDir(), 'node')}`)),
    );
    child.on('exit', (...end) => done(end));
  });
  if (!signal) process.exit(code);
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(name);
  process.kill(process.pid, signal); // end as it did, for a shell to see
}

function install(prefix) {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const name = `node-${platform}-${process.arch}@${NODE_VERSION}`;
  // Each of these packages is the plain program: no install script has to run.
  const flags = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  const npm = spawnSync('npm', ['install', '--prefix', prefix, ...flags, name], {
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (npm.error) throw npm.error;
  if (npm.status !== 0)
    throw new Error(`npm could not install ${name}: install Node ${NODE_VERSION} or newer yourself`);
}

/** Another process may have been faster; what it put there is as good. */
function replace(folder, temporary) {
  if (works(executable(folder))) return;
  rmSync(folder, { recursive: true, force: true });
  try {
    renameSync(temporary, folder);
  } catch (error) {
    if (!works(executable(folder))) throw error;
  }
}

function executable(folder) {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const file = process.platform === 'win32' ? 'node.exe' : 'node';
  return join(folder, 'node_modules', `node-${platform}-${process.arch}`, 'bin', file);
}

/** Whether the npm package of a Node that is new enough is there. */
function isInstalled(node) {
  try {
    const { version } = JSON.parse(readFileSync(join(dirname(dirname(node)), 'package.json'), 'utf8'));
    return existsSync(node) && atLeast(version, STRIPS_TYPES);
  } catch {
    return false;
  }
}

function works(node) {
  if (!existsSync(node)) return false;
  const { status, stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  return status === 0 && atLeast(stdout.trim().slice(1), STRIPS_TYPES);
}

function atLeast(version, [major, minor]) {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

async function main([script, ...args]) {
  if (!script) {
    process.stderr.write('Usage: node tools/node.mjs SCRIPT [ARGUMENT …]\n');
    process.exit(2);
  }
  if (!isNewEnough()) return runWithNode([script, ...args]);
  if (!atLeast(process.versions.node, STRIPS_TYPES) && !process.execArgv.includes(STRIP_TYPES_FLAG)) {
    // In the environment, so that processes started from here know it too.
    process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} ${STRIP_TYPES_FLAG}`.trim();
    const { status } = spawnSync(process.execPath, [script, ...args], { stdio: 'inherit' });
    process.exit(status ?? 1);
  }
  process.argv = [process.execPath, resolve(script), ...args];
  await import(pathToFileURL(resolve(script)).href);
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await main(process.argv.slice(2));
}
