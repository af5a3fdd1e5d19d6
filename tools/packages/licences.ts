import { page, table } from '../docs/markdown.ts';
import { type ShippedPackage, shippedPackages } from './shipped.ts';

/** Licences that a dependency may have: permissive ones, and one for data (of `caniuse-lite`) that is passed on unchanged. */
const allowed: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC-BY-4.0',
  'ISC',
  'MIT',
  'Unlicense',
]);

/** Packages with a licence that is not in the list. In an `OR` one allowed licence is enough, in an `AND` all must be. */
export function refusedPackages(packages: readonly ShippedPackage[]): string[] {
  return packages.filter(({ licence }) => !isAllowed(licence)).map(describe);
}

function describe({ name, version, licence }: ShippedPackage): string {
  return `${name}@${version}: ${licence}`;
}

function isAllowed(expression: string): boolean {
  return expression
    .replaceAll(/[()]/g, '')
    .split(' OR ')
    .some((one) => one.split(' AND ').every((name) => allowed.has(name.trim())));
}

/** docs/licences.md: the licence of every package that is installed with Coppice or is part of it. */
export function licencesPage(): string {
  const packages = shippedPackages();
  const counts = Map.groupBy(packages, ({ licence }) => licence);
  return page('Licences', 'package-lock.json', [
    'Coppice itself is licensed under Apache-2.0. `npm install coppice` also installs the packages of this table; those marked ' +
      '`optional` are left out by `--omit=optional`, and those marked `bundled` are part of the page of the console. A test ' +
      `refuses every licence but ${[...allowed].join(', ')}.`,
    table(
      ['licence', 'packages'],
      [...counts].map(([licence, found]) => [licence, String(found.length)]),
    ),
    table(
      ['package', 'version', 'licence', 'how'],
      packages.map(({ name, version, licence, how }) => [name, version, licence, how]),
    ),
  ]);
}
