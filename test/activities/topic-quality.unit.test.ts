import { afterAll, describe, expect, it } from 'vitest';
import { groupTopics } from '../../src/activities/topic-extraction/group-topics.ts';
import { createTextAnalyser } from '../../src/language/words/analyse-text.ts';
import { createSimilaritySearch } from '../../src/similarity/similarity-search.ts';
import type { StoredExtraction } from '../../src/stores/ports/query-table.ts';
import { kMeans } from '../support/k-means.ts';
import { adjustedMutualInformation } from '../support/mutual-information.ts';
import { readPassages } from '../support/passages.ts';

const search = createSimilaritySearch({ threads: 1 });
afterAll(() => search.close());

const scope = { collection: 'queries', scope: 'user', subject: 'ann' } as const;
const { signal } = new AbortController();
const passages = readPassages();
const analyser = await createTextAnalyser();
const classes = [...new Set(passages.map((one) => one.class))];
const classOf = passages.map((one) => classes.indexOf(one.class));

function extractions(withVectors = true): StoredExtraction[] {
  return passages.map(({ text, vector }, at) => {
    const { phrases } = analyser.analyse(text);
    return {
      ...{ id: `q${String(at).padStart(4, '0')}`, user: 'ann', topicNo: -1, vector: withVectors ? vector : null },
      ...{ phrases: phrases.map((one) => one.text), terms: phrases.map(({ term }) => term) },
    };
  });
}

const group = (rows: readonly StoredExtraction[], nextNo = 0, known: readonly number[] = []) =>
  groupTopics(scope, rows, search, { nextNo, known, group: null, signal });

/** A question without a topic is alone. */
function alone(numbers: readonly number[]): number[] {
  return numbers.map((no, at) => (no < 0 ? -1 - at : no));
}

describe('topics of sentences from the documentation of ten packages, on the vectors of a real model', () => {
  it('tell no less of the packages than k-means with as many clusters: the median of ten seeds', async () => {
    const { numbers, topics } = await group(extractions());
    const own = adjustedMutualInformation(classOf, alone(numbers));
    const dimensions = passages[0]?.vector.length ?? 0;
    const vectors = Float32Array.from(passages.flatMap(({ vector }) => vector));
    const others = Array.from({ length: 10 }, (_, seed) =>
      adjustedMutualInformation(classOf, kMeans(vectors, dimensions, topics.length, seed)),
    ).sort((a, b) => a - b);
    expect(own).toBeGreaterThanOrEqual(((others[4] ?? 1) + (others[5] ?? 1)) / 2);
  });

  it('tell at least half as much without vectors, by the words alone', async () => {
    const [byVectors, byWords] = [await group(extractions()), await group(extractions(false))].map(({ numbers }) =>
      adjustedMutualInformation(classOf, alone(numbers)),
    );
    expect(byWords).toBeGreaterThanOrEqual((byVectors ?? 1) / 2);
  });

  it.each([
    ['by vectors', true],
    ['by words', false],
  ])('keep the ids of at least nine in ten sentences %s when a twentieth is new', async (_name, withVectors) => {
    // Every twentieth sentence comes later.
    const all = extractions(withVectors);
    const old = all.filter((_, at) => at % 20 !== 0);
    const first = await group(old);
    const numbers = new Map(old.map(({ id }, at) => [id, first.numbers[at] ?? -1]));
    const known = first.topics.map(({ no }) => no);
    const second = await group(
      all.map((one) => ({ ...one, topicNo: numbers.get(one.id) ?? -1 })),
      first.nextNo,
      known,
    );
    const kept = all.filter(({ id }, at) => numbers.has(id) && numbers.get(id) === second.numbers[at]).length;
    expect(kept / old.length).toBeGreaterThanOrEqual(0.9);
  });
});
