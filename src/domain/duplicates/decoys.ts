/**
 * Decoys: matches that are known to be wrong, and as hard as the wrong ones that occur, because they are made of the near
 * misses of the group itself.
 */
import { seededRandom } from '../random.ts';
import type { RecordPairs } from './model/level-table.ts';

export interface NearMissSource {
  readonly records: number;
  readonly pairs: RecordPairs;
  /** By pair. */
  readonly bits: Float64Array;
  /** Whether the pair is two things, as far as is known, and no guard keeps it apart. */
  isNearMiss(pair: number): boolean;
  /** 1 for records that have a match. */
  readonly matched: Uint8Array;
}

/** Records whose match is taken away: what they would be merged with now is wrong. */
export interface LeftOut {
  readonly count: number;
  /** The best near miss of each that has one, the highest first. */
  readonly bits: Float64Array;
}

export function takeMatchesAway(source: NearMissSource): LeftOut {
  const { records, pairs, bits, matched } = source;
  const best = new Float64Array(records).fill(Number.NEGATIVE_INFINITY);
  const note = (decoy: number, score: number) => {
    if (matched[decoy] === 1) best[decoy] = Math.max(best[decoy] ?? score, score);
  };
  for (let pair = 0; pair < bits.length; pair++) {
    if (!source.isNearMiss(pair)) continue;
    const [one, other, score] = [pairs.ones[pair] ?? 0, pairs.others[pair] ?? 0, bits[pair] ?? 0];
    note(one, score);
    note(other, score);
  }
  return {
    count: matched.reduce((sum, one) => sum + one, 0),
    bits: best
      .filter((score) => score > Number.NEGATIVE_INFINITY)
      .sort()
      .reverse(),
  };
}

export interface EvidenceSource {
  readonly columns: number;
  /** By pair and column. */
  readonly columnBits: Float32Array;
  readonly priorBits: number;
  /** Bits that a further match of this record must exceed: those of its other pairs, where they compete. */
  bitsToBeat(record: number): number;
}

/** Near misses of which one property agrees as in another near miss of the same record. */
export interface Altered {
  readonly count: number;
  readonly ofNearMiss: number;
  /** Those that would be merged at some cut-off, the highest first. */
  readonly bits: Float64Array;
}

/** Decoys of each near miss, more of them where a group is small, so that chance does not decide the bound. */
const leastOfNearMiss = 40;
const mostOfNearMiss = 1_000;
const leastDecoys = 2_000_000;
const seed = 14;

export const noneAltered: Altered = { count: 0, ofNearMiss: leastOfNearMiss, bits: new Float64Array() };

export function alterNearMisses(source: NearMissSource & EvidenceSource): Altered {
  const { columns, columnBits, priorBits } = source;
  const { starts, pairs } = nearMissesByRecord(source);
  const wanted = Math.ceil(leastDecoys / Math.max(1, pairs.length));
  const ofNearMiss = Math.min(mostOfNearMiss, Math.max(leastOfNearMiss, wanted));
  const random = seededRandom(seed);
  const found: number[] = [];
  for (let record = 0; record < source.records; record++) {
    const [start, end] = [starts[record] ?? 0, starts[record + 1] ?? 0];
    const least = Math.max(0, source.bitsToBeat(record));
    for (let at = start; at < end; at++) {
      const pair = pairs[at] ?? 0;
      const bits = priorBits + sumOf(columnBits, pair * columns, columns);
      for (let draw = 0; draw < ofNearMiss; draw++) {
        const other = pairs[start + Math.floor(random() * (end - start))] ?? 0;
        const column = Math.floor(random() * columns);
        const change = (columnBits[other * columns + column] ?? 0) - (columnBits[pair * columns + column] ?? 0);
        if (bits + change > least) found.push(bits + change);
      }
    }
  }
  return { count: pairs.length * ofNearMiss, ofNearMiss, bits: Float64Array.from(found).sort().reverse() };
}

function sumOf(values: Float32Array, from: number, count: number): number {
  let sum = 0;
  for (let at = from; at < from + count; at++) sum += values[at] ?? 0;
  return sum;
}

/** In compressed rows; each near miss is seen from both of its records. */
function nearMissesByRecord(source: NearMissSource): { starts: Int32Array; pairs: Int32Array } {
  const { records, pairs: all, bits } = source;
  const chosen = Uint8Array.from(bits, (_, pair) => (source.isNearMiss(pair) ? 1 : 0));
  const starts = new Int32Array(records + 1);
  const visit = (each: (record: number, pair: number) => void) => {
    for (let pair = 0; pair < bits.length; pair++) {
      if (chosen[pair] !== 1) continue;
      each(all.ones[pair] ?? 0, pair);
      each(all.others[pair] ?? 0, pair);
    }
  };
  visit((record) => {
    starts[record + 1] = (starts[record + 1] ?? 0) + 1;
  });
  for (let record = 0; record < records; record++) {
    starts[record + 1] = (starts[record + 1] ?? 0) + (starts[record] ?? 0);
  }
  const pairs = new Int32Array(starts[records] ?? 0);
  const next = starts.slice(0, records);
  visit((record, pair) => {
    const at = next[record] ?? 0;
    pairs[at] = pair;
    next[record] = at + 1;
  });
  return { starts, pairs };
}
