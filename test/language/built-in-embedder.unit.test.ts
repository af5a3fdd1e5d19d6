import { describe, expect, it } from 'vitest';
import { builtInDimensions, builtInEmbedderName, embedText } from '../../src/language/built-in-embedder.ts';

const cosine = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
const lengthOf = (vector: readonly number[]) => Math.sqrt(cosine(vector, vector));

describe('the built-in embedder', () => {
  const texts = [
    'Temporal Schedules start workflows; workflows run retryable activities.',
    'one',
    'Ärger über Öl, naïve façade',
    '知識ベースの文書を整理する',
    'x'.repeat(100_000),
  ];

  it.each(texts)('gives a vector of length 1 in 32-bit floats, the same each time: %.20s', (text) => {
    const vector = embedText(text);
    expect(vector).toHaveLength(builtInDimensions);
    expect(vector.every((value) => Object.is(value, Math.fround(value)))).toBe(true);
    expect(lengthOf(vector)).toBeCloseTo(1, 6);
    expect(embedText(text)).toEqual(vector);
  });

  it('gives the same bits in every version, so that old and new vectors are comparable', () => {
    const vector = embedText('the quick brown fox');
    const largest = vector.map((value, at) => ({ value, at })).filter(({ value }) => value !== 0);
    expect(largest.map(({ at, value }) => [at, Number(value.toFixed(4))])).toMatchInlineSnapshot(`
      [
        [
          7,
          0.3015,
        ],
        [
          36,
          0.4264,
        ],
        [
          105,
          -0.4264,
        ],
        [
          164,
          0.3015,
        ],
        [
          230,
          -0.3015,
        ],
        [
          248,
          -0.4264,
        ],
        [
          250,
          -0.4264,
        ],
      ]
    `);
  });

  it('puts texts that share words nearer than those that do not', () => {
    const text = embedText('how to remove expired documents from the vector store every night');
    const similar = embedText('every night expired documents are removed from the vector store');
    const unrelated = embedText('a recipe for pancakes: flour, eggs, milk and a pinch of salt');
    expect(cosine(text, similar)).toBeGreaterThan(cosine(text, unrelated) + 0.3);
    expect(Math.abs(cosine(text, unrelated))).toBeLessThan(0.3);
  });

  it('distinguishes order, but not case or form', () => {
    expect(embedText('dog bites man')).not.toEqual(embedText('man bites dog'));
    expect(embedText('Dog BITES man!')).toEqual(embedText('dog bites man'));
    expect(embedText('cafe\u0301 ﬁle')).toEqual(embedText('café file'));
  });

  it('finds words in scripts without spaces', () => {
    const text = embedText('知識ベースの文書を整理する');
    expect(cosine(text, embedText('文書を整理する道具'))).toBeGreaterThan(cosine(text, embedText('今日は天気がいい')));
  });

  it.each(['', ' \n', '!?… 🙂', '\0'])('gives a valid vector for a text without words: %j', (text) => {
    const vector = embedText(text);
    expect(vector.every(Number.isFinite)).toBe(true);
    expect(lengthOf(vector)).toBe(1);
  });

  it('is named as what it is', () => {
    expect(builtInEmbedderName).toBe('built-in (hashing, 256 dimensions)');
  });
});
