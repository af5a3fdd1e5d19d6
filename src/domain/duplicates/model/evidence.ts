import type { Column } from '../fields/column.ts';
import { ColumnComparer } from '../fields/compare.ts';
import { type Level, levelCount, levels } from '../fields/levels.ts';
import type { MatchModel } from './fellegi-sunter.ts';
import type { LevelTable } from './level-table.ts';

/** A rare value that agrees tells at most this much more, or a frequent one less, than an average value. */
const mostFrequencyBits = 6;

/** Turns levels of agreement into bits, with the frequencies of the values that agree. */
export class Evidence {
  readonly priorBits: number;
  readonly #columns: readonly Column[];
  readonly #comparers: readonly ColumnComparer[];
  readonly #weights: Float64Array;
  /** By column and value: what its agreement tells beyond that of an average value. */
  readonly #frequencyBits: readonly Float64Array[];

  constructor(columns: readonly Column[], { weights, prior }: MatchModel) {
    this.priorBits = Math.log2(prior / (1 - prior));
    this.#columns = columns;
    this.#comparers = columns.map((column) => new ColumnComparer(column));
    this.#weights = weights;
    this.#frequencyBits = columns.map(frequencyBits);
  }

  get columns(): readonly Column[] {
    return this.#columns;
  }

  level(column: number, one: number, other: number): Level {
    return this.#comparers[column]?.level(one, other) ?? levels.missing;
  }

  /** Returns the evidence of one column for the pair, or against it. */
  bitsOfColumn(column: number, one: number, other: number, level = this.level(column, one, other)): number {
    if (level === levels.missing) return 0;
    const bits = this.#weights[column * levelCount + level] ?? 0;
    if (level !== levels.equal || bits <= 0) return bits;
    const value = this.#columns[column]?.of[one] ?? 0;
    // A frequent value that agrees is weak evidence, and never evidence against.
    return Math.max(0, bits + (this.#frequencyBits[column]?.[value] ?? 0));
  }

  /** Log2 of the odds that two records are the same thing. */
  bits(one: number, other: number): number {
    let sum = this.priorBits;
    for (let column = 0; column < this.#columns.length; column++) sum += this.bitsOfColumn(column, one, other);
    return sum;
  }

  /** By pair of the table and column. */
  tableBits(table: LevelTable): Float32Array {
    const bits = new Float32Array(table.levels.length);
    for (let pair = 0; pair < table.ones.length; pair++) {
      const [one, other] = [table.ones[pair] ?? 0, table.others[pair] ?? 0];
      for (let column = 0; column < table.columns; column++) {
        const at = pair * table.columns + column;
        bits[at] = this.bitsOfColumn(column, one, other, asLevel(table.levels[at]));
      }
    }
    return bits;
  }
}

function frequencyBits({ values, filled }: Column): Float64Array {
  const shares = values.map(({ count }) => count / filled);
  const average = shares.reduce((sum, share) => sum + share * share, 0);
  return Float64Array.from(shares, (share) =>
    Math.max(-mostFrequencyBits, Math.min(mostFrequencyBits, Math.log2(average / share))),
  );
}

const allLevels: readonly Level[] = Object.values(levels);
function asLevel(value: number | undefined): Level {
  return allLevels.find((level) => level === value) ?? levels.missing;
}
