import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keepCommunityIds } from '../../src/compute/community-ids.ts';

const keep = (membership: number[], previous: number[], nextId = 100) => {
  const count = new Set(membership).size;
  const { ids, nextId: next } = keepCommunityIds(Int32Array.from(membership), count, Int32Array.from(previous), nextId);
  return { ids: [...ids], next };
};

test('with the same members under other numbers, every id stays', () => {
  expect(keep([0, 0, 1, 1, 2], [7, 7, 3, 3, 5])).toEqual({ ids: [7, 3, 5], next: 100 });
});

test('a node that changed sides takes no id along', () => {
  expect(keep([0, 0, 0, 0, 1, 1], [7, 7, 7, 3, 3, 3])).toEqual({ ids: [7, 3], next: 100 });
});

test('of a community that split, the larger part keeps the id and the other gets a new one', () => {
  expect(keep([0, 0, 1, 1, 1], [7, 7, 7, 7, 7])).toEqual({ ids: [100, 7], next: 101 });
});

test('of communities that merged, the larger one gives the id; the other id is not given again', () => {
  expect(keep([0, 0, 0, 0, 0], [3, 3, 7, 7, 7])).toEqual({ ids: [7], next: 100 });
});

test('a community of newcomers gets a new id, and so does one that holds but a few of an old one', () => {
  expect(keep([0, 0, 1, 1, 1, 2, 2, 2], [-1, -1, 7, -1, -1, 7, 7, 7])).toEqual({ ids: [100, 101, 7], next: 102 });
});

test('a community id whose members scattered among new nodes is dropped', () => {
  const [membership, previous] = [
    [0, 0, 0, 1, 1, 1, 2, 2, 2],
    [7, -1, -1, 7, -1, -1, 7, -1, -1],
  ];
  expect(keep(membership, previous)).toEqual({ ids: [100, 101, 102], next: 103 });
});

test('ids are unique, and none that is new was there before', () => {
  const nodes = fc.array(fc.tuple(fc.nat(6), fc.integer({ min: -1, max: 8 })), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(nodes, (given) => {
      const seen = [...new Set(given.map(([community]) => community))];
      const membership = given.map(([community]) => seen.indexOf(community));
      const previous = given.map(([, id]) => id);
      const { ids, next } = keep(membership, previous, 9);
      expect(new Set(ids).size).toBe(seen.length);
      for (const id of ids) expect(id >= 9 ? id < next : previous.includes(id)).toBe(true);
    }),
  );
});
