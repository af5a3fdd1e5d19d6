import { comparableColumns, type RecordPairs } from '../domain/duplicates/model/level-table.ts';
import type { DuplicateRecord } from '../domain/duplicates/record.ts';
import { normalise } from '../domain/duplicates/text/normalise.ts';
import type { SearchOptions, SimilaritySearch } from './similarity-search.ts';
import type { Neighbours } from './top-k.ts';

/** Vectors by record; `null` where it has none. */
export type VectorOf = (record: number) => ArrayLike<number> | null;

/** So many neighbours of each record come from its vector, and so many from its text. */
const neighboursOfEach = 10;
/** Unlike enough that a vector alone suggests nothing. */
const leastCosine = 0.3;
/** A value that no more records than this share is rare enough to suggest a pair. */
const rareValueRecords = 5;

/**
 * Pairs that may be the same thing: nearest by vector, nearest by text, with a rare value in common, or of the same name,
 * whatever their vectors.
 */
export async function findCandidates(
  records: readonly DuplicateRecord[],
  vectorOf: VectorOf,
  search: SimilaritySearch,
  options: SearchOptions = {},
): Promise<RecordPairs> {
  const pairs = new PairSet(records.length);
  const labels = records.map(({ name, text }) => normalise(name === undefined ? text : `${name} ${text}`));
  const wanted = { k: neighboursOfEach };
  const [lexical, cosine] = await Promise.all([
    search.lexicalNeighbours(labels, wanted, options),
    cosineNeighbours(records.length, vectorOf, search, options),
  ]);
  for (const found of cosine === null ? [lexical] : [lexical, cosine]) addNeighbours(pairs, found);
  addEqualNames(pairs, records);
  for (const { values, of } of comparableColumns(records)) {
    addRareValues(
      pairs,
      of,
      values.map(({ count }) => count),
    );
  }
  return pairs.inOrder();
}

async function cosineNeighbours(
  count: number,
  vectorOf: VectorOf,
  search: SimilaritySearch,
  options: SearchOptions,
): Promise<Neighbours | null> {
  const first = Array.from({ length: count }, (_, record) => record).find((record) => vectorOf(record) !== null);
  if (first === undefined) return null;
  const vectors = search.vectors(count, vectorOf(first)?.length ?? 0);
  for (let record = 0; record < count; record++) {
    const vector = vectorOf(record);
    if (vector !== null) vectors.set(record, vector);
  }
  return search.cosineNeighbours(vectors, { k: neighboursOfEach, floor: leastCosine }, options);
}

function addNeighbours(pairs: PairSet, { k, indices }: Neighbours): void {
  indices.forEach((other, at) => {
    if (other >= 0) pairs.add(Math.floor(at / k), other);
  });
}

/** Each record of a name with the first of that name and with the one before it: as many pairs as records. */
function addEqualNames(pairs: PairSet, records: readonly DuplicateRecord[]): void {
  const last = new Map<string, { first: number; before: number }>();
  records.forEach(({ name, text }, record) => {
    const label = normalise(name ?? text);
    const known = last.get(label);
    if (known === undefined) last.set(label, { first: record, before: record });
    else if (label !== '') {
      pairs.add(known.first, record);
      pairs.add(known.before, record);
      known.before = record;
    }
  });
}

function addRareValues(pairs: PairSet, of: Int32Array, counts: readonly number[]): void {
  const holders = new Map<number, number[]>();
  of.forEach((value, record) => {
    const count = counts[value] ?? 0;
    if (count < 2 || count > rareValueRecords) return;
    const known = holders.get(value) ?? [];
    for (const other of known) pairs.add(other, record);
    known.push(record);
    holders.set(value, known);
  });
}

class PairSet {
  readonly #records: number;
  readonly #keys = new Set<number>();

  constructor(records: number) {
    this.#records = records;
  }

  add(one: number, other: number): void {
    if (one !== other) this.#keys.add(Math.min(one, other) * this.#records + Math.max(one, other));
  }

  inOrder(): RecordPairs {
    const keys = Float64Array.from(this.#keys).sort();
    return {
      ones: Int32Array.from(keys, (key) => Math.floor(key / this.#records)),
      others: Int32Array.from(keys, (key) => key % this.#records),
    };
  }
}
