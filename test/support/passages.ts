import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** A sentence of the documentation of one package, with the vector that MiniLM gives it. */
export interface Passage {
  readonly class: string;
  readonly text: string;
  readonly vector: readonly number[];
}

const folder = new URL('../fixtures/questions/', import.meta.url);
const dimensions = 384;
const line = z.object({ class: z.string(), text: z.string() });

/** The passages of the fixture: a hundred of each of ten packages. */
export function readPassages(): Passage[] {
  const vectors = new Int8Array(readFileSync(new URL('vectors.i8', folder)));
  const lines = readFileSync(new URL('passages.jsonl', folder), 'utf8').trimEnd().split('\n');
  return lines.map((text, row) => ({
    ...line.parse(JSON.parse(text)),
    vector: [...vectors.subarray(row * dimensions, (row + 1) * dimensions)],
  }));
}
