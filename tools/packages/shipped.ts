import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = dirname(dirname(import.meta.dirname));

export interface ShippedPackage {
  readonly name: string;
  readonly version: string;
  /** As an SPDX expression. */
  readonly licence: string;
  /** `installed` next to Coppice, `optional`, or `bundled` in the console's page. */
  readonly how: 'installed' | 'optional' | 'bundled';
}

interface Locked {
  readonly version: string;
  readonly licence: string;
  readonly dev: boolean;
  readonly optional: boolean;
  readonly dependencies: readonly string[];
}

/** Packages whose manifest states no licence, with what their licence file says. */
const licenceFiles: Readonly<Record<string, string>> = { unionfs: 'Unlicense' };

/** Every package that a user of Coppice receives: its dependencies, and those that are part of the console's bundle. */
export function shippedPackages(): ShippedPackage[] {
  const locked = lockedPackages();
  const shipped = new Map<string, ShippedPackage>();
  const add = (path: string, one: Locked, how: ShippedPackage['how']) => {
    const name = nameOf(path);
    shipped.set(`${name}@${one.version}`, { name, version: one.version, licence: one.licence, how });
  };
  for (const [path, one] of locked) if (!one.dev) add(path, one, one.optional ? 'optional' : 'installed');
  for (const path of consolePackages(locked)) {
    const one = locked.get(path);
    if (one?.dev) add(path, one, 'bundled');
  }
  return [...shipped.values()].sort((a, b) => order(a.name, b.name) || order(a.version, b.version));
}

/** Packages that the console's sources import, with all their dependencies. */
function consolePackages(locked: ReadonlyMap<string, Locked>): ReadonlySet<string> {
  const imports = globSync('console/src/**/*.{ts,tsx}', { cwd: root }).flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/ from '([^.'][^']*)'/g)].map(
      ([, name = '']) => /^(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? '',
    ),
  );
  const found = new Set<string>();
  const visit = (name: string) => {
    const path = `node_modules/${name}`;
    if (found.has(path)) return;
    found.add(path);
    for (const one of locked.get(path)?.dependencies ?? []) visit(one);
  };
  for (const name of imports) visit(name);
  return found;
}

function lockedPackages(): Map<string, Locked> {
  const lock: { packages: Record<string, Record<string, unknown>> } = JSON.parse(
    readFileSync(join(root, 'package-lock.json'), 'utf8'),
  );
  const entries = Object.entries(lock.packages).filter(([path]) => path !== '');
  return new Map(
    entries.map(([path, one]) => [
      path,
      {
        version: String(one.version),
        licence: String(one.license ?? licenceFiles[nameOf(path)] ?? 'unknown'),
        dev: one.dev === true || one.devOptional === true,
        optional: one.optional === true,
        dependencies: Object.keys(Object(one.dependencies ?? {})),
      },
    ]),
  );
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
