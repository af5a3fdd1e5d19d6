import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { PluginError } from './errors.ts';

export interface PluginFiles {
  /** The module that exports the plugin. */
  readonly entry: string;
  /** The folder whose files are its code; the module itself where the file names a single one. */
  readonly home: string;
}

/** The files of a plugin: a path relative to the folder of `coppice.yaml`, or a package that is installed next to it. */
export function findPlugin(specifier: string, folder: string): PluginFiles {
  const isPath = specifier.startsWith('.') || isAbsolute(specifier);
  const found = isPath ? resolve(folder, specifier) : installedPackage(specifier, folder);
  if (found === null || !existsSync(found)) {
    const where = isPath ? `${found} does not exist` : `no package of that name is installed next to ${folder}`;
    throw new PluginError(specifier, where);
  }
  const home = realpathSync(found);
  if (!statSync(home).isDirectory()) return { entry: home, home };
  const entry = entryOf(specifier, home);
  return { entry, home };
}

function installedPackage(name: string, folder: string): string | null {
  for (let at = folder; ; at = dirname(at)) {
    const candidate = join(at, 'node_modules', ...name.split('/'));
    if (existsSync(candidate)) return candidate;
    if (dirname(at) === at) return null;
  }
}

/** As Node finds it: `exports`, `main`, then a file named index. */
function entryOf(specifier: string, home: string): string {
  const manifest = join(home, 'package.json');
  const named = existsSync(manifest) ? mainOf(specifier, manifest) : undefined;
  const candidates = named === undefined ? ['index.js', 'index.mjs', 'index.ts'] : [named];
  const entry = candidates.map((name) => join(home, name)).find((file) => existsSync(file));
  if (entry === undefined) throw new PluginError(specifier, `${home} has no ${candidates.join(', ')}`);
  return entry;
}

function mainOf(specifier: string, manifest: string): string | undefined {
  let content: { readonly exports?: unknown; readonly main?: unknown };
  try {
    content = JSON.parse(readFileSync(manifest, 'utf8'));
  } catch {
    throw new PluginError(specifier, `${manifest} cannot be read as JSON`);
  }
  return conditionOf(content.exports) ?? (typeof content.main === 'string' ? content.main : undefined);
}

/** The module that `import` of the package loads. */
function conditionOf(exported: unknown): string | undefined {
  if (typeof exported === 'string') return exported;
  if (typeof exported !== 'object' || exported === null) return undefined;
  const conditions = new Map(Object.entries(exported));
  for (const name of ['.', 'node', 'import', 'default']) {
    const found = conditionOf(conditions.get(name));
    if (found !== undefined) return found;
  }
  return undefined;
}

const code = /\.([cm]?[jt]s|json|wasm)$/;
const mostFiles = 5_000;

/** Of all code of a plugin, but that of its own dependencies. */
export function digestOf(specifier: string, home: string, also: readonly string[]): string {
  const files = [...new Set([...(statSync(home).isDirectory() ? filesBelow(home) : [home]), ...also])];
  if (files.length > mostFiles)
    throw new PluginError(specifier, `${home} has more than ${mostFiles} files of code: name a folder of its own`);
  const hash = createHash('sha256');
  for (const file of files.toSorted())
    hash
      .update(relative(dirname(home), file).split(sep).join('/'))
      .update('\0')
      .update(readFileSync(file))
      .update('\0');
  return hash.digest('hex');
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((one) => {
    const path = join(folder, one.name);
    if (one.name === 'node_modules' || one.name.startsWith('.')) return [];
    if (one.isDirectory()) return filesBelow(path);
    return code.test(one.name) ? [path] : [];
  });
}

const othersMayWrite = 0o022;
const allMayWrite = 0o002;

/**
 * Code has the rights of the worker: it is not loaded from where another user could have put it. Within the data
 * directory that includes the group, elsewhere all users.
 */
export function requireSafe(specifier: string, path: string, dataDir: string): void {
  if (process.getuid === undefined) return;
  const within = !relative(dataDir, path).startsWith('..') && !isAbsolute(relative(dataDir, path));
  const forbidden = within ? othersMayWrite : allMayWrite;
  for (const one of [path, dirname(path), ...(within && existsSync(dataDir) ? [dataDir] : [])]) {
    if ((statSync(one).mode & forbidden) === 0) continue;
    throw new PluginError(
      specifier,
      `${one} can be written by other users, and code in it is not loaded`,
      `Take that right away: chmod ${within ? 'go-w' : 'o-w'} '${one}'`,
    );
  }
}
