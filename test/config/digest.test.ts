import { expect, test } from 'vitest';
import { configurationDigest } from '../../src/config/digest.ts';
import { toMapping } from '../../src/config/mapping.ts';

const mapping = toMapping('memories', { table: 'app.memories', workspace: 'tenant', max_age_days: 30 });

test('two workers with the same mapping agree, however it is written down', () => {
  const reordered = Object.fromEntries(Object.entries(mapping).reverse());
  expect(configurationDigest({ ...mapping, ...reordered })).toBe(configurationDigest(mapping));
});

test('a setting that a later release knows and nobody uses changes nothing', () => {
  const later = { ...mapping, shelf: null, drawers: [] };
  expect(configurationDigest(later)).toBe(configurationDigest(mapping));
});

test('what makes other rows due makes another configuration', () => {
  expect(configurationDigest({ ...mapping, maxAgeDays: 31 })).not.toBe(configurationDigest(mapping));
  expect(configurationDigest({ ...mapping, filter: [{ column: 'kind', keys: [], anyOf: ['note'] }] })).not.toBe(
    configurationDigest(mapping),
  );
});
