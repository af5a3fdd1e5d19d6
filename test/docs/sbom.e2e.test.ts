import { expect, it } from 'vitest';
import { shippedPackages } from '../../tools/packages/shipped.ts';
import { billOfMaterials } from '../../tools/sbom.ts';

it('the bill of materials lists what a user installs, and what is part of the console', () => {
  const bom = billOfMaterials();
  expect(bom).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { name: 'coppice' } } });
  const listed = new Set(bom.components.map(({ name, version }) => `${name}@${version}`));
  expect(listed.size).toBeGreaterThan(200);
  // npm lists no packages for other platforms than this one.
  const expected = shippedPackages().filter(({ how }) => how !== 'optional');
  expect(expected.map(({ name, version }) => `${name}@${version}`).filter((one) => !listed.has(one))).toEqual([]);
  expect([...listed].filter((one) => /^(vitest|typescript|knip)@/.test(one))).toEqual([]);
});
