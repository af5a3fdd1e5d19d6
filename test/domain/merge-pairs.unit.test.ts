import { expect, it } from 'vitest';
import { mutualPairs } from '../../src/domain/merging/middle-band.ts';
import { decidePairs } from '../../src/domain/merging/pairs.ts';
import { aboveFloors } from '../../src/domain/merging/similarity-floors.ts';

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

it('floors of similarity leave pairs to a person or alone, cause no merge, and yield to a judgement', () => {
  const pair = (state: 'proposed' | 'review', cosine: number | null) => ({ state, guard: null, evidence: { cosine } });
  const outcome = (of: ReturnType<typeof pair>, isJudged = false, floors = { merge: 0.95, judge: 0.8 }) => {
    const found = aboveFloors(of, floors, isJudged);
    return found === null ? 'left' : `${found.state} ${found.guard}`;
  };
  const cosines = [0.95, 0.94, 0.8, 0.79, null];
  expect(cosines.map((cosine) => outcome(pair('proposed', cosine)))).toEqual([
    ...['proposed null', 'review threshold', 'review threshold', 'left', 'proposed null'],
  ]);
  expect(cosines.map((cosine) => outcome(pair('review', cosine)))).toEqual([
    ...['review null', 'review null', 'review null', 'left', 'review null'],
  ]);
  expect(outcome(pair('proposed', 0.1), true)).toBe('proposed null');
});
