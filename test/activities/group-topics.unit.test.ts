import { afterAll, describe, expect, test } from 'vitest';
import { groupTopics } from '../../src/activities/topic-extraction/group-topics.ts';
import { seededRandom } from '../../src/domain/random.ts';
import { createSimilaritySearch } from '../../src/similarity/similarity-search.ts';
import type { StoredExtraction } from '../../src/stores/ports/query-table.ts';

const search = createSimilaritySearch({ threads: 1 });
afterAll(() => search.close());

const scope = { collection: 'queries', scope: 'user', subject: 'ann' } as const;
const [classes, dimensions] = [6, 24];
const signal = new AbortController().signal;

/** Questions of known classes: a vector near the centre of the class, and words of the class among others. */
function questions(count: number, seed: number, withVectors: boolean): StoredExtraction[] {
  const random = seededRandom(seed);
  const centres = Array.from({ length: classes }, () => Array.from({ length: dimensions }, () => random() - 0.5));
  return Array.from({ length: count }, (_, at) => {
    const own = at % classes;
    const vector = (centres[own] ?? []).map((value) => value + (random() - 0.5) * 0.4);
    const words = [0, 1, 2].map(() => `class${own}word${Math.floor(random() * 6)}`);
    const terms = [...new Set([...words, `any${Math.floor(random() * 12)}`])];
    return { id: `q${at}`, user: 'ann', phrases: terms, terms, topicNo: -1, vector: withVectors ? vector : null };
  });
}

const group = (rows: readonly StoredExtraction[], nextNo = 0, known: readonly number[] = []) =>
  groupTopics(scope, rows, search, { nextNo, known, group: null, signal });

/** The share of pairs of questions that two partitions agree about. */
function agreement(one: readonly number[], other: readonly number[]): number {
  let [same, pairs] = [0, 0];
  for (let a = 0; a < one.length; a++) {
    for (let b = 0; b < a; b++) {
      pairs += 1;
      if ((one[a] === one[b]) === (other[a] === other[b])) same += 1;
    }
  }
  return same / pairs;
}

describe.each([
  ['by vectors', true],
  ['by words', false],
])('topics %s', (_name, withVectors) => {
  test('are the classes of the questions', async () => {
    const rows = questions(240, 1, withVectors);
    const { numbers } = await group(rows);
    const expected = rows.map((_, at) => at % classes);
    expect(agreement(numbers, expected)).toBeGreaterThan(0.95);
  });

  test('keep the ids of at least nine in ten questions when a twentieth is new', async () => {
    const all = questions(252, 2, withVectors);
    const first = await group(all.slice(0, 240));
    const known = first.topics.map(({ no }) => no);
    const again = all.map((one, at) => ({ ...one, topicNo: first.numbers[at] ?? -1 }));
    const second = await group(again, first.nextNo, known);
    const kept = first.numbers.filter((no, at) => second.numbers[at] === no).length;
    expect(kept / first.numbers.length).toBeGreaterThanOrEqual(0.9);
    expect(second.changes.gone_topics).toBe(0);
  });

  test('do not depend on the order in which questions come', async () => {
    const rows = questions(120, 3, withVectors);
    const forward = await group(rows);
    const backward = await group(rows.toReversed());
    expect(backward.numbers.toReversed()).toEqual(forward.numbers);
    expect(backward.topics).toEqual(forward.topics);
  });
});

test('no question, and questions without words, have no topic', async () => {
  expect(await group([])).toMatchObject({ topics: [], numbers: [] });
  const empty = questions(5, 4, false).map((one) => ({ ...one, terms: [], phrases: [] }));
  expect(await group(empty)).toMatchObject({ topics: [], numbers: [-1, -1, -1, -1, -1] });
});

test('topics that split and merge are counted', async () => {
  const rows = questions(60, 5, true).map((one, at) => ({ ...one, topicNo: at % classes < 2 ? 0 : 1 }));
  const { changes } = await group(rows, 2, [0, 1]);
  expect(changes).toMatchObject({ split_topics: 2, gone_topics: 0, new_topics: classes - 2 });
  const apart = questions(60, 6, true).map((one, at) => ({
    ...one,
    topicNo: at < 30 ? 10 + (at % classes) : 20 + (at % classes),
  }));
  const merged = await group(
    apart,
    40,
    [...Array(6).keys()].flatMap((no) => [10 + no, 20 + no]),
  );
  expect(merged.changes).toMatchObject({ merged_topics: classes, gone_topics: classes });
});
