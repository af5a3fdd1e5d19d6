import { expect, it } from 'vitest';
import { mutualPairs } from '../../src/domain/merging/middle-band.ts';
import { decidePairs } from '../../src/domain/merging/pairs.ts';

it('ten thousand copies of one entity are merged into one, but for those that a person separated', () => {
  const ids = Array.from({ length: 10_000 }, (_, at) => `copy ${at}`);
  const entities = new Map(ids.map((id, at) => [id, { id, degree: 0, createdAt: new Date(at) }]));
  const never = [
    { survivor: 'copy 0', loser: 'copy 7' },
    { survivor: 'copy 9', loser: 'copy 8' },
  ];
  const { merge, relate } = decidePairs([{ clusters: [ids], merged: [], related: [] }], entities, {
    never,
    accepted: [],
  });
  expect(merge).toHaveLength(9_997);
  expect(relate).toEqual([]);
  expect(new Set(merge.map(({ survivor }) => survivor))).toEqual(new Set(['copy 0']));
  const losers = new Set(merge.map(({ loser }) => loser));
  expect(['copy 7', 'copy 8', 'copy 9'].map((id) => losers.has(id))).toEqual([false, true, false]);
});

it('a pair is mutual where each is the likest of the other and no other pair is as alike', () => {
  const pair = (survivor: string, loser: string, likeness: number | null) => ({
    survivor,
    loser,
    likeness,
    guard: null,
  });
  const [ab, bc, cd, de, ef] = [
    ...[pair('a', 'b', 0.9), pair('b', 'c', 0.95), pair('c', 'd', 0.95)],
    ...[pair('x', 'y', 0.5), pair('p', 'q', null)],
  ];
  const found = [ab, bc, cd, de, ef].filter((one) => one !== undefined);
  // b is likest to c, which is as like to d; of p and q nothing is known.
  expect([...mutualPairs(found)]).toEqual([de]);
});
