import { z } from 'zod';
import { EmbeddingError } from './errors.ts';

/** Numbers, or their bytes in base64, as OpenAI's clients ask for them. A number may be missing: see `vectorsOf`. */
const answer = z.object({
  data: z.array(
    z.object({
      index: z.int().nullish(),
      embedding: z.union([z.array(z.union([z.number(), z.null(), z.string()])), z.string()]),
    }),
  ),
});

/**
 * The vectors of an answer by their index, whatever order they came in; without indexes in the order of the texts. Refuses
 * what is no vector of `dimensions` finite numbers (`null`: all of one length).
 */
export function vectorsOf(body: unknown, count: number, where: string, dimensions: number | null): number[][] {
  const read = answer.safeParse(body);
  if (!read.success) {
    throw misshapen(`${where} does not answer in the form of OpenAI's embeddings`);
  }
  const { data } = read.data;
  if (data.length !== count) {
    throw misshapen(`${where} gave ${data.length} vectors for ${count} texts`);
  }
  const ordered: (readonly (number | null | string)[] | string)[] = [];
  const named = data.some(({ index }) => typeof index === 'number');
  for (const [at, { index, embedding }] of data.entries()) ordered[named ? (index ?? -1) : at] = embedding;
  const complete = Array.from({ length: count }, (_, at) => ordered[at]);
  if (complete.includes(undefined)) {
    const indexes = data.map(({ index }) => index ?? 'none').slice(0, 10);
    const numbered = `numbers its ${count} vectors ${indexes.join(', ')}${count > 10 ? ', …' : ''}`;
    throw misshapen(`${where} ${numbered}, so that they belong to no texts`);
  }
  const vectors = complete.map((one) => vectorOf(one ?? [], where));
  const wanted = dimensions ?? vectors[0]?.length ?? 0;
  for (const { length } of vectors) {
    if (length === wanted && length > 0) continue;
    throw unusable(`${where} makes vectors of ${length} dimensions, not ${wanted} (embeddings.dimensions)`);
  }
  return vectors;
}

function vectorOf(embedding: readonly (number | null | string)[] | string, where: string): number[] {
  const values = typeof embedding === 'string' ? decoded(embedding, where) : embedding;
  const vector: number[] = [];
  for (const value of values) {
    const number = typeof value === 'number' ? Math.fround(value) : Number.NaN;
    if (!Number.isFinite(number)) throw unusable(`${where} gave a vector with values that are no finite numbers`);
    vector.push(number);
  }
  // Such a vector has no direction, and its distance to any other is no number.
  if (vector.length > 0 && vector.every((value) => value === 0)) throw unusable(`${where} gave a vector of zeros`);
  return vector;
}

/** 32-bit floats, the low byte first. */
function decoded(base64: string, where: string): number[] {
  const bytes = Buffer.from(base64, 'base64');
  const isBase64 = /^[A-Za-z0-9+/_-]*={0,2}$/.test(base64) && bytes.length > 0 && bytes.length % 4 === 0;
  if (!isBase64) throw misshapen(`${where} gave a text that is no vector in base64`);
  return Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(at * 4));
}

function misshapen(message: string): EmbeddingError {
  return new EmbeddingError('EmbeddingRefusedError', message, { byTexts: true });
}

/** Of these texts at least; whether of any, another request tells. */
function unusable(message: string): EmbeddingError {
  return new EmbeddingError('TextRefusedError', message, { byTexts: true });
}
