import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { DuplicateRecord } from '../src/domain/duplicates/record.ts';

const recordSchema = z.object({
  id: z.string().min(1),
  type: z.string(),
  text: z.string(),
  name: z.string().optional(),
  source: z.string().optional(),
  fields: z.record(z.string(), z.string()).default({}),
});
const metaSchema = z.object({ n: z.number().int().nonnegative(), dim: z.number().int().positive() });
const floatBytes = 4;

/** A file of the data set is missing or holds something else than its format. */
export class DataSetError extends Error {
  override name = 'DataSetError';
}

/** Records as a store gives them, and apart from them what only the scoring may know. */
export interface DataSet {
  readonly records: readonly DuplicateRecord[];
  vectorOf(record: number): Float32Array | null;
  /** By record; `undefined` where the set is one list. */
  readonly sources: readonly (string | undefined)[];
  /** Pairs of keys, as `pairKey` writes them. */
  readonly gold: ReadonlySet<string>;
}

export function pairKey(one: string, other: string): string {
  return JSON.stringify(one < other ? [one, other] : [other, one]);
}

/** Reads `records.jsonl`, `embeddings.f32`, `gold.csv` and `meta.json`. A set without embeddings has no vectors. */
export function readDataSet(folder: string): DataSet {
  const meta = parse(metaSchema, read(folder, 'meta.json').toString('utf8'), 'meta.json');
  const rows = linesOf(read(folder, 'records.jsonl')).map((line, at) =>
    parse(recordSchema, line, `records.jsonl, line ${at + 1}`),
  );
  if (rows.length !== meta.n)
    throw new DataSetError(`meta.json counts ${meta.n} records, and records.jsonl has ${rows.length}`);
  const vectors = readVectors(folder, meta);
  const known = new Set(rows.map(({ id }) => id));
  const gold = linesOf(read(folder, 'gold.csv'))
    .slice(1)
    .map((line, at) => {
      const [one, other, ...more] = line.split(',');
      if (one === undefined || other === undefined || more.length > 0 || !known.has(one) || !known.has(other))
        throw new DataSetError(`gold.csv, line ${at + 2} does not name two records`);
      return pairKey(one, other);
    });
  return {
    records: rows.map(({ id, type, text, name, fields }) => ({
      ...{ key: id, type, text, properties: fields, hasVector: vectors !== null },
      ...(name === undefined ? {} : { name }),
    })),
    vectorOf: (record) => vectors?.subarray(record * meta.dim, (record + 1) * meta.dim) ?? null,
    sources: rows.map(({ source }) => source),
    gold: new Set(gold),
  };
}

function readVectors(folder: string, { n, dim }: z.infer<typeof metaSchema>): Float32Array | null {
  const bytes = read(folder, 'embeddings.f32');
  if (bytes.byteLength !== n * dim * floatBytes)
    throw new DataSetError(`embeddings.f32 has ${bytes.byteLength} bytes instead of ${n * dim * floatBytes}`);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

function read(folder: string, name: string): Buffer {
  try {
    return readFileSync(join(folder, name));
  } catch {
    throw new DataSetError(`${join(folder, name)} cannot be read`);
  }
}

function linesOf(bytes: Buffer): string[] {
  return bytes
    .toString('utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function parse<Value>(schema: z.ZodType<Value>, text: string, where: string): Value {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new DataSetError(`${where} does not have the format of an evaluation set`);
  }
}
