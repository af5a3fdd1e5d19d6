import type { RecordPairs } from './model/level-table.ts';

/** The odds of all pairs of a record that no guard keeps apart: where a thing has two records at most, they compete. */
export class Rivals {
  readonly #odds: Float64Array;

  constructor(
    records: number,
    { ones, others }: RecordPairs,
    bits: Float64Array,
    isGuarded: (pair: number) => boolean,
  ) {
    this.#odds = new Float64Array(records);
    for (let pair = 0; pair < ones.length; pair++) {
      if (isGuarded(pair)) continue;
      const odds = 2 ** (bits[pair] ?? 0);
      for (const record of [ones[pair] ?? 0, others[pair] ?? 0]) this.#odds[record] = (this.#odds[record] ?? 0) + odds;
    }
  }

  /** The probability that the pair is the match of its records, if each has one at most. */
  probability(one: number, other: number, bits: number): number {
    return 2 ** bits / (1 + Math.max(this.#odds[one] ?? 0, this.#odds[other] ?? 0));
  }

  /** Bits that another pair of this record needs for odds of nine to one against all of its pairs. */
  bitsToBeat(record: number): number {
    return Math.log2(9 * (1 + (this.#odds[record] ?? 0)));
  }
}
