import { expect, it } from 'vitest';
import { refusedPackages } from '../../tools/packages/licences.ts';
import { type ShippedPackage, shippedPackages } from '../../tools/packages/shipped.ts';

const withLicence = (licence: string): ShippedPackage => ({ name: 'a', version: '1.0.0', licence, how: 'installed' });

it('every package that a user receives has a licence that is allowed', () => {
  expect(refusedPackages(shippedPackages())).toEqual([]);
});

it('a licence that is not allowed, or is not stated, is noticed', () => {
  const refused = ['GPL-3.0', 'unknown', 'MIT AND GPL-3.0'].map(withLicence);
  expect(refusedPackages(refused)).toEqual(refused.map(({ licence }) => `a@1.0.0: ${licence}`));
  expect(refusedPackages(['MIT', '(GPL-2.0 OR MIT)', 'Apache-2.0 AND MIT'].map(withLicence))).toEqual([]);
});

it('the list includes what the page of the console is built from, and no tool of development', () => {
  const names = shippedPackages().map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['react', 'react-dom', 'pg', '@electric-sql/pglite']));
  expect(names.filter((name) => ['vitest', 'typescript', 'knip'].includes(name))).toEqual([]);
});
