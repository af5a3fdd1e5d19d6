/**
 * Makes one file of a package that consists of hundreds, and lets the compiled sources import that: every command loads
 * these packages, and Node spends half a millisecond on each file that it resolves, reads and links.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Package {
  readonly name: string;
  /** Specifiers that the sources import, with the names of their files in the bundle. */
  readonly entries: Readonly<Record<string, string>>;
}

const packages: readonly Package[] = [
  { name: 'kysely', entries: { kysely: 'index', 'kysely/migration': 'migration' } },
];

/** Folder of the bundles within `dist`. */
export const bundlesFolder = 'packages';

/** Bundles the packages into `dist/packages`, where a version that is there already stays as it is. */
export async function bundlePackages(dist: string): Promise<void> {
  const folder = join(dist, bundlesFolder);
  mkdirSync(folder, { recursive: true });
  const specifiers = new Map<string, string>();
  const wanted = new Set<string>();
  for (const one of packages) {
    const home = join(dirname(import.meta.dirname), 'node_modules', one.name);
    const target = `${one.name}-${versionOf(home)}`;
    wanted.add(target);
    if (!existsSync(join(folder, target))) await bundle(one, home, join(folder, target));
    for (const [specifier, file] of Object.entries(one.entries)) {
      specifiers.set(specifier, join(folder, target, `${file}.js`));
    }
  }
  for (const name of readdirSync(folder)) if (!wanted.has(name)) rmSync(join(folder, name), { recursive: true });
  importBundles(dist, specifiers);
}

async function bundle({ entries }: Package, home: string, target: string): Promise<void> {
  const { rolldown } = await import('rolldown');
  const input = Object.fromEntries(
    Object.entries(entries).map(([specifier, file]) => [file, fileURLToPath(import.meta.resolve(specifier))]),
  );
  const unfinished = `${target}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  const build = await rolldown({ input, platform: 'node' });
  await build.write({ dir: unfinished, format: 'esm', chunkFileNames: '[name].js' });
  await build.close();
  writeFileSync(join(unfinished, 'LICENSE'), readFileSync(join(home, 'LICENSE')));
  renameSync(unfinished, target);
}

function versionOf(home: string): string {
  const text: unknown = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
  if (typeof text === 'object' && text !== null && 'version' in text) return String(text.version);
  throw new Error(`${home}/package.json has no version`);
}

/** As the compiler writes an import of one of these packages. */
function importOf(names: Iterable<string>): RegExp {
  return new RegExp(`(\\bfrom |\\bimport\\()'(${[...names].join('|')})'`, 'g');
}

/** Lets the compiled files import the bundles instead of the packages. */
function importBundles(dist: string, specifiers: ReadonlyMap<string, string>): void {
  const pattern = importOf(specifiers.keys());
  for (const name of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.js') || name.startsWith(bundlesFolder + sep)) continue;
    const file = join(dist, name);
    const compiled = readFileSync(file, 'utf8');
    const rewritten = compiled.replace(pattern, (_, before: string, specifier: string) => {
      const path = relative(dirname(file), specifiers.get(specifier) ?? '');
      return `${before}'${path.startsWith('.') ? '' : './'}${path.split(sep).join('/')}'`;
    });
    if (rewritten !== compiled) writeFileSync(file, rewritten);
  }
}
