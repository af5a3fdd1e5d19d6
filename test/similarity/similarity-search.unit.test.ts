import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { seededRandom, shuffledIndices } from '../../src/domain/random.ts';
import { TooManyVectorsError, VectorLengthError } from '../../src/similarity/packed-vectors.ts';
import { createSimilaritySearch } from '../../src/similarity/similarity-search.ts';
import { mergeNeighbours, TopK } from '../../src/similarity/top-k.ts';

const noVector = new Float32Array();

function search(threads = 2) {
  const made = createSimilaritySearch({ threads });
  onTestFinished(() => made.close());
  return made;
}

function vectorsOf(count: number, dimensions: number, seed = 1): Float32Array[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => Float32Array.from({ length: dimensions }, () => random() - 0.5));
}

/** The definition: sums in double precision, each pair by itself. */
function cosine(one: Float32Array, other: Float32Array): number {
  const sum = (value: (at: number) => number) => one.reduce((total, _, at) => total + value(at), 0);
  const dot = sum((at) => (one[at] ?? 0) * (other[at] ?? 0));
  return dot / Math.sqrt(sum((at) => (one[at] ?? 0) ** 2) * sum((at) => (other[at] ?? 0) ** 2));
}

function nearest(vectors: readonly Float32Array[], row: number, k: number, floor: number): number[] {
  return vectors
    .map((vector, index) => ({ index, score: cosine(vectors[row] ?? vector, vector) }))
    .filter(({ index, score }) => index !== row && score >= floor)
    .sort((one, other) => other.score - one.score || one.index - other.index)
    .slice(0, k)
    .map(({ index }) => index);
}

const rowsOf = ({ indices, k }: { indices: Int32Array; k: number }): number[][] =>
  Array.from({ length: indices.length / k }, (_, row) =>
    [...indices.subarray(row * k, row * k + k)].filter((index) => index >= 0),
  );

test('cosine neighbours are those of the definition, for any count, rows, dimensions, k, floor and threads', async () => {
  const shapes = fc.record({
    count: fc.integer({ min: 1, max: 300 }),
    first: fc.option(fc.integer({ min: 1, max: 300 }), { nil: undefined }),
    dimensions: fc.integer({ min: 1, max: 40 }),
    k: fc.integer({ min: 1, max: 12 }),
    floor: fc.constantFrom(-1, 0, 0.3),
    threads: fc.integer({ min: 1, max: 3 }),
  });
  const searches = [1, 2, 3].map((threads) => search(threads));
  await fc.assert(
    fc.asyncProperty(shapes, async ({ count, first = count, dimensions, k, floor, threads }) => {
      const vectors = vectorsOf(count, dimensions, count);
      const searching = searches[threads - 1] ?? search();
      const packed = searching.vectors(count, dimensions);
      vectors.forEach((vector, row) => {
        packed.set(row, vector);
      });
      const rows = Math.min(first, count);
      const found = await searching.cosineNeighbours(packed, { k, floor, ...(first === count ? {} : { rows }) });
      const expected = vectors.slice(0, rows).map((_, row) => nearest(vectors, row, k, floor));
      // Of neighbours whose cosines differ by less than single precision, rounding decides which comes first.
      const scores = (rows: readonly (readonly number[])[]) =>
        rows.map((indices, row) =>
          indices.map((index) => cosine(vectors[row] ?? noVector, vectors[index] ?? noVector)),
        );
      const [given, wanted] = [scores(rowsOf(found)), scores(expected)];
      expect(given.map((row) => row.length)).toEqual(wanted.map((row) => row.length));
      for (const [row, one] of wanted.entries()) {
        for (const [at, score] of one.entries()) expect(given[row]?.[at]).toBeCloseTo(score, 5);
      }
    }),
    { numRuns: 25 },
  );
});

test('scores are raw cosines, worked out by hand', async () => {
  const searching = search(1);
  const packed = searching.vectors(4, 2);
  [
    [3, 0],
    [1, 1],
    [0, 7],
    [-2, 0],
  ].forEach((vector, row) => {
    packed.set(row, vector);
  });
  const { scores, indices } = await searching.cosineNeighbours(packed, { k: 3, floor: -1 });
  expect([...indices.subarray(0, 3)]).toEqual([1, 2, 3]);
  [Math.SQRT1_2, 0, -1].forEach((score, at) => {
    expect(scores[at]).toBeCloseTo(score, 6);
  });
  expect(packed.cosine(0, 1)).toBeCloseTo(Math.SQRT1_2, 6);
});

test('rows without a vector, or with a zero vector, have no neighbours', async () => {
  const searching = search();
  const packed = searching.vectors(5, 3);
  packed.set(0, [1, 0, 0]);
  packed.set(1, [0, 0, 0]);
  packed.set(2, [Number.NaN, 1, 1]);
  packed.set(4, [1, 1, 0]);
  const found = await searching.cosineNeighbours(packed, { k: 4, floor: -1 });
  expect(rowsOf(found)).toEqual([[4], [], [], [], [0]]);
  expect([0, 1, 2, 3, 4].map((row) => packed.has(row))).toEqual([true, false, false, false, true]);
});

test('neither threads nor the order of the rows change a score by a bit', async () => {
  const vectors = vectorsOf(500, 24);
  const scoresBy = async (threads: number, order: Int32Array) => {
    const searching = search(threads);
    const packed = searching.vectors(vectors.length, 24);
    order.forEach((of, row) => {
      packed.set(row, vectors[of] ?? []);
    });
    const { indices, scores } = await searching.cosineNeighbours(packed, { k: 5, floor: 0 });
    return Array.from(order, (of, row) => ({
      of,
      found: [...indices.subarray(row * 5, row * 5 + 5)].map((index, at) => [order[index], scores[row * 5 + at]]),
    })).sort((one, other) => one.of - other.of);
  };
  const ordered = await scoresBy(
    1,
    Int32Array.from(vectors, (_, at) => at),
  );
  expect(await scoresBy(3, shuffledIndices(vectors.length, seededRandom(7)))).toEqual(ordered);
});

test('pairs above a floor are all found, each once and in order, and a limit is reported', async () => {
  const vectors = vectorsOf(120, 6);
  const searching = search();
  const packed = searching.vectors(120, 6);
  vectors.forEach((vector, row) => {
    packed.set(row, vector);
  });
  const expected = vectors.flatMap((one, row) =>
    vectors.flatMap((other, column) => (column > row && cosine(one, other) >= 0.8 ? [[row, column]] : [])),
  );
  const all = await searching.cosinePairs(packed, { floor: 0.8, maxPairs: 10_000 });
  expect(Array.from(all.rows, (row, at) => [row, all.columns[at]])).toEqual(expected);
  expect(all.complete).toBe(true);
  const few = await searching.cosinePairs(packed, { floor: 0.8, maxPairs: 3 });
  expect([few.rows.length, few.complete]).toEqual([3, false]);
});

test('an abort ends a search with its reason', async () => {
  const searching = search();
  const packed = searching.vectors(4_000, 256);
  vectorsOf(4_000, 256).forEach((vector, row) => {
    packed.set(row, vector);
  });
  const stop = new AbortController();
  const running = searching.cosineNeighbours(packed, { k: 5, floor: 0 }, { signal: stop.signal });
  stop.abort(new Error('enough'));
  await expect(running).rejects.toThrow('enough');
});

test('vectors of another length, and more than one search can address, are refused by name', () => {
  const searching = search();
  expect(() => searching.vectors(2, 3).set(1, [1, 2])).toThrow(VectorLengthError);
  expect(() => searching.vectors(10_000_000, 1536)).toThrow(TooManyVectorsError);
});

test('lexical neighbours share rare trigrams, with exact scores', async () => {
  const texts = ['marmalade factory', 'the marmalade factory', 'the shoe factory', 'the shoe shop', 'zzz', ''];
  const { indices, scores, k } = await search().lexicalNeighbours(texts, { k: 2 });
  expect(rowsOf({ indices, k })).toEqual([[1, 2], [0, 2], [3, 1], [2, 1], [], []]);
  expect(scores[0]).toBe(scores[2]);
  expect(scores[0]).toBeGreaterThan(scores[1] ?? 1);
});

test('a bound on postings leaves neighbours that share a rare trigram', async () => {
  const texts = Array.from(
    { length: 60 },
    (_, at) => `common words of a template ${'abcdefghij'.charAt(at % 10).repeat(4)}${at}`,
  );
  texts.push('common words of a template qqqq xyzzy', 'common words of a template wwww xyzzy');
  const { indices, k } = await search().lexicalNeighbours(texts, { k: 1, maxPostings: 10 });
  expect(rowsOf({ indices, k }).slice(-2)).toEqual([[61], [60]]);
});

test('the best k are kept in the same order, however they are offered and divided', () => {
  const offers = fc.array(fc.tuple(fc.integer({ min: 0, max: 30 }), fc.constantFrom(0.1, 0.5, 0.5, 0.9)), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(offers, fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 40 }), (all, k, cut) => {
      const unique = [...new Map(all)];
      const into = (some: typeof unique) => {
        const top = new TopK(1, k);
        for (const [index, score] of some) top.offer(0, index, score);
        return top.neighbours;
      };
      const whole = into(unique);
      expect(into([...unique].reverse()).indices).toEqual(whole.indices);
      expect(mergeNeighbours(1, [into(unique.slice(0, cut)), into(unique.slice(cut))])).toEqual(whole);
    }),
  );
});
