import { expect, test } from 'vitest';
import { toGraphMapping } from '../../src/config/graphs.ts';
import { knownGroup, storedGroup } from '../../src/stores/stored-group.ts';

const mapping = toGraphMapping('memory', { in: 'neo4j', preset: 'graphiti' });

test('every stored group has a name of its own, whatever the name of the empty one', () => {
  const stored = ['', 'default', 'default (named)', 'default (named) (named)', 'default (other)', 'defaults', 'team'];
  const known = stored.map((group) => knownGroup(mapping, group) ?? '');
  expect(known).toEqual([
    'default',
    'default (named)',
    'default (named) (named)',
    'default (named) (named) (named)',
    'default (other)',
    'defaults',
    'team',
  ]);
  expect(known.map((group) => storedGroup(mapping, group))).toEqual(stored);
});

test('where the empty group has no name, every other group keeps its own', () => {
  const without = { ...mapping, emptyGroup: null };
  for (const group of ['default', 'default (named)']) {
    expect(knownGroup(without, group)).toBe(group);
    expect(storedGroup(without, group)).toBe(group);
  }
  expect(knownGroup(without, '')).toBeNull();
});
