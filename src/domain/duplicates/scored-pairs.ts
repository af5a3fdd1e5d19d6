import type { Guard } from './guards/guards.ts';
import type { RecordGuards } from './guards/record-guards.ts';
import type { Evidence } from './model/evidence.ts';
import { contradicted } from './model/identity.ts';
import type { LevelTable } from './model/level-table.ts';
import { findRegime, type RegimeFinding } from './regime.ts';
import { Rivals } from './rivals.ts';
import type { SameStatement } from './same-statement.ts';

/** Odds of nine to one: below it no pair is merged, whatever the estimate allows. */
export const linkBits = Math.log2(9);
/** Odds of one to one. */
export const relateBits = 0;

export interface ScoringInput {
  readonly records: number;
  readonly table: LevelTable;
  readonly guards: RecordGuards;
  readonly same: SameStatement;
  readonly evidence: Evidence;
  /** By column: how much it identifies, in bits; empty where the guards are off. */
  readonly identifying: readonly number[];
}

/** The candidate pairs with their evidence, the guards that keep them apart, and the regime that follows. */
export class ScoredPairs {
  readonly table: LevelTable;
  /** By pair: log2 of the odds that it is the same thing. */
  readonly bits: Float64Array;
  /** By pair and column. */
  readonly columnBits: Float32Array;
  readonly regime: RegimeFinding;
  /** Whether pairs of one record compete: they do unless things have many copies. */
  readonly compete: boolean;
  readonly rivals: Rivals;
  readonly #guards = new Map<number, Guard>();
  readonly #input: ScoringInput;

  constructor(input: ScoringInput) {
    const { records, table, evidence, same } = input;
    this.#input = input;
    this.table = table;
    this.columnBits = evidence.tableBits(table);
    this.bits = Float64Array.from(table.ones, (_, pair) => evidence.priorBits + this.#sumOf(pair));
    const [best, second] = [new Float64Array(records), new Float64Array(records)];
    this.bits.forEach((score, pair) => {
      const [one, other] = this.recordsOf(pair);
      if (score < relateBits && !same.sameLabel(one, other)) return;
      const guard = this.guardOfRecords(one, other);
      if (guard !== null) this.#guards.set(pair, guard);
      else if (score >= linkBits) for (const record of [one, other]) noteLink(best, second, record, score);
    });
    this.regime = findRegime(best, second);
    this.compete = this.regime.regime !== 'many_copies';
    this.rivals = new Rivals(records, table, this.bits, (pair) => this.#guards.has(pair));
  }

  recordsOf(pair: number): readonly [one: number, other: number] {
    return [this.table.ones[pair] ?? 0, this.table.others[pair] ?? 0];
  }

  /** Why a candidate that is worth a look is kept apart. */
  guardOf(pair: number): Guard | null {
    return this.#guards.get(pair) ?? null;
  }

  /** Whether two records, candidates or not, may be in one cluster. */
  hold(one: number, other: number): boolean {
    if (this.guardOfRecords(one, other) !== null) return false;
    const { same, evidence } = this.#input;
    return same.test(one, other) || (!this.compete && evidence.bits(one, other) >= relateBits);
  }

  guardOfRecords(one: number, other: number): Guard | null {
    const { guards, evidence, identifying } = this.#input;
    const guard = guards.of(one, other);
    if (guard !== null) return guard;
    return contradicted(identifying, (column) => evidence.level(column, one, other)) ? 'contradicted' : null;
  }

  /** How probably the pair is the same thing, given what else its records may be. */
  probability(pair: number): number {
    const [one, other] = this.recordsOf(pair);
    const score = this.bits[pair] ?? 0;
    return this.compete ? this.rivals.probability(one, other, score) : 1 - 1 / (1 + 2 ** score);
  }

  #sumOf(pair: number): number {
    const { columns } = this.table;
    let sum = 0;
    for (let at = pair * columns; at < (pair + 1) * columns; at++) sum += this.columnBits[at] ?? 0;
    return sum;
  }
}

function noteLink(best: Float64Array, second: Float64Array, record: number, bits: number): void {
  const before = best[record] ?? 0;
  best[record] = Math.max(before, bits);
  second[record] = Math.max(second[record] ?? 0, Math.min(before, bits));
}
