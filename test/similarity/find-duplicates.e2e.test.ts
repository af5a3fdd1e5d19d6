import { afterAll, expect, test } from 'vitest';
import type { DuplicateRecord } from '../../src/domain/duplicates/record.ts';
import { seededRandom, shuffledIndices } from '../../src/domain/random.ts';
import { findDuplicates } from '../../src/similarity/find-duplicates.ts';
import { createSimilaritySearch } from '../../src/similarity/similarity-search.ts';
import { type Group, recordOf, syntheticGroup, trigramVector } from './synthetic-group.ts';

const search = createSimilaritySearch({ threads: 2 });
afterAll(() => search.close());

async function find(records: readonly DuplicateRecord[], searching = search, maxErrorRate = 0.01) {
  const vectors = records.map(({ text, hasVector }) => (hasVector ? trigramVector(text) : null));
  const [found, ...more] = await findDuplicates({ records, vectorOf: (record) => vectors[record] ?? null }, searching, {
    maxErrorRate,
  });
  if (found === undefined || more.length > 0) throw new Error('the records have one type');
  return found;
}

const pairsOf = (clusters: readonly (readonly string[])[]) =>
  new Set(
    clusters.flatMap((members) =>
      members.flatMap((one, at) => members.slice(at + 1).map((other) => [one, other].sort().join(' = '))),
    ),
  );

/** Wrong pairs, and the share of right ones that were found. */
function judge({ records, entities }: Group, clusters: readonly (readonly string[])[]) {
  const of = new Map(records.map(({ key }, at) => [key, entities[at]]));
  const pairs = [...pairsOf(clusters)].map((pair) => pair.split(' = '));
  const wrong = pairs.filter(([one = '', other = '']) => of.get(one) !== of.get(other)).length;
  const counts = new Map<number, number>();
  for (const entity of entities) counts.set(entity, (counts.get(entity) ?? 0) + 1);
  const all = [...counts.values()].reduce((sum, count) => sum + (count * (count - 1)) / 2, 0);
  return { wrong, recall: (pairs.length - wrong) / all, merged: pairs.length };
}

const twoOfThird = (entity: number) => (entity % 3 === 0 ? 2 : 1);
const manyCopies = (entity: number) => 1 + (entity % 5);

test('two records at most of each thing: the regime is found, and at most one merge of a hundred is wrong', async () => {
  let [wrongOfAll, mergedOfAll] = [0, 0];
  for (const seed of [1, 21, 22]) {
    const group = syntheticGroup(seed, 600, twoOfThird);
    const { clusters, regime, estimate } = await find(group.records);
    const { wrong, recall, merged } = judge(group, clusters);
    expect(regime?.regime).toBe('one_to_one');
    expect(recall).toBeGreaterThan(0.8);
    if (estimate.status !== 'estimated') throw new Error('enough decoys exist');
    expect(estimate.high).toBeLessThanOrEqual(0.01);
    wrongOfAll += wrong;
    mergedOfAll += merged;
  }
  expect(wrongOfAll / mergedOfAll).toBeLessThanOrEqual(0.01);
});

test('many copies of each thing: the regime is found, and clusters are right, and the estimate holds', async () => {
  const group = syntheticGroup(2, 250, manyCopies);
  const { clusters, regime, estimate } = await find(group.records);
  const { wrong, recall, merged } = judge(group, clusters);
  expect(regime?.regime).toBe('many_copies');
  expect(wrong / merged).toBeLessThanOrEqual(0.01);
  expect(recall).toBeGreaterThan(0.7);
  if (estimate.status !== 'estimated') throw new Error('enough decoys exist');
  expect(estimate.high).toBeGreaterThanOrEqual(wrong / merged);
  expect(Math.max(...clusters.map(({ length }) => length))).toBe(5);
});

test('neither keys nor the order of the records nor threads change a decision', async () => {
  const { records } = syntheticGroup(3, 300, manyCopies);
  const expected = await find(records);
  const order = [...shuffledIndices(records.length, seededRandom(9))];
  const renamed = order.flatMap((from) => {
    const record = records[from];
    return record === undefined ? [] : [{ ...record, key: `renamed ${records.length - from}` }];
  });
  const searching = createSimilaritySearch({ threads: 3 });
  const found = await find(renamed, searching).finally(() => searching.close());
  const originalKey = (key: string) => records[records.length - Number(key.split(' ')[1])]?.key ?? '';
  expect(pairsOf(found.clusters.map((members) => members.map(originalKey)))).toEqual(pairsOf(expected.clusters));
  expect(found.cutoffBits).toBe(expected.cutoffBits);
  expect(found.estimate).toEqual(expected.estimate);
});

test('a property that only numbers the rows changes no decision', async () => {
  const { records } = syntheticGroup(4, 300, twoOfThird);
  const numbered = records.map((record, at) => ({
    ...record,
    properties: { ...record.properties, row: `rec-${1000 + at}` },
  }));
  expect(pairsOf((await find(numbered)).clusters)).toEqual(pairsOf((await find(records)).clusters));
});

test('where one record of each thing is left, nothing is merged', async () => {
  for (const copies of [twoOfThird, manyCopies]) {
    const { records, entities } = syntheticGroup(5, 400, copies);
    const reduced = records.filter((_, at) => entities.indexOf(entities[at] ?? 0) === at);
    expect((await find(records)).clusters.length).toBeGreaterThan(0);
    expect((await find(reduced)).clusters).toEqual([]);
  }
});

test('without duplicates nothing is merged, in at least 95 % of 200 groups', async () => {
  let groupsWithMerges = 0;
  for (let seed = 100; seed < 300; seed++) {
    const { clusters } = await find(syntheticGroup(seed, 90, () => 1).records);
    if (clusters.length > 0) groupsWithMerges++;
  }
  expect(groupsWithMerges).toBeLessThanOrEqual(10);
});

test('one per cent of unrelated records changes less than one per cent of the other decisions', async () => {
  for (const copies of [twoOfThird, manyCopies]) {
    const { records } = syntheticGroup(6, 500, copies);
    const strangers = syntheticGroup(7, Math.ceil(records.length / 100), () => 1).records.map((record) => ({
      ...record,
      key: `stranger ${record.key}`,
    }));
    const before = await find(records);
    const after = await find([...records, ...strangers]);
    expect(after.regime?.regime).toBe(before.regime?.regime);
    const [one, other] = [pairsOf(before.clusters), pairsOf(after.clusters)];
    const changed =
      [...one].filter((pair) => !other.has(pair)).length + [...other].filter((pair) => !one.has(pair)).length;
    expect(changed / one.size).toBeLessThan(0.01);
  }
});

test('equal names are found whatever their vectors, and merged where nothing else disagrees', async () => {
  const [one, other] = ['Ada Lovelace', 'ADA  LOVELACE.'].map((name, at) => ({
    ...{ key: `ada ${at}`, type: 'Person', name, text: name, properties: {}, hasVector: false },
  }));
  if (one === undefined || other === undefined) throw new Error('two records');
  const others = Array.from({ length: 40 }, (_, at) => ({
    ...one,
    key: `${at}`,
    name: `Person ${at}`,
    text: `Person ${at}`,
  }));
  expect((await find([...others, one, other])).clusters.map((members) => [...members].sort())).toEqual([
    ['ada 0', 'ada 1'],
  ]);
});

test('without a vector a score alone merges nothing', async () => {
  const { records } = syntheticGroup(8, 400, twoOfThird);
  const { clusters, related } = await find(records.map((record) => ({ ...record, hasVector: false })));
  const texts = new Map(records.map(({ key, text }) => [key, text]));
  for (const members of clusters) expect(new Set(members.map((key) => texts.get(key))).size).toBe(1);
  expect(related.some(({ guard }) => guard === 'no_vector')).toBe(true);
});

test('ten thousand copies of one record are one cluster', async () => {
  const properties = { given: 'ada', surname: 'lovelace', born: '1815-12-10' };
  const copies = Array.from({ length: 10_000 }, (_, at) => recordOf(`copy ${at}`, properties));
  const { clusters } = await find(copies);
  expect(clusters.map(({ length }) => length)).toEqual([10_000]);
});

test('a lower limit of the error rate merges no more, and the estimate stays within the limit', async () => {
  const { records } = syntheticGroup(9, 600, twoOfThird);
  const merged = [];
  for (const maxErrorRate of [0.05, 0.01, 0.001]) {
    const { clusters, estimate } = await find(records, search, maxErrorRate);
    if (estimate.status === 'estimated') expect(estimate.high).toBeLessThanOrEqual(maxErrorRate);
    merged.push(clusters.length);
  }
  expect(merged).toEqual([...merged].sort((one, other) => other - one));
});
