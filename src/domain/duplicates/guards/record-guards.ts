import type { Column } from '../fields/column.ts';
import { textColumn, wordsBeyondProperties } from '../model/level-table.ts';
import type { DuplicateRecord } from '../record.ts';
import { alignWords } from '../text/align-words.ts';
import { type GuardFacts, guardFacts } from './facts.ts';
import { type Guard, guardOf } from './guards.ts';

/** The guards of one group's records. */
export class RecordGuards {
  readonly #facts: readonly GuardFacts[];
  readonly #records: readonly DuplicateRecord[];
  readonly #hasModel: boolean;
  readonly #on: boolean;

  /** By record: what its text says beyond its properties, where no column compares the texts. */
  readonly #residues: readonly (readonly string[])[];

  constructor(
    records: readonly DuplicateRecord[],
    columns: readonly Column[],
    { hasModel, on }: { readonly hasModel: boolean; readonly on: boolean },
  ) {
    this.#records = records;
    this.#hasModel = hasModel;
    this.#on = on;
    const telling = new Set(columns.map(({ property }) => property));
    this.#facts = records.map(({ name, text, properties }) => {
      const values = Object.entries(properties).filter(([property]) => telling.has(property));
      return guardFacts(
        name === undefined ? [text] : [text, name],
        values.map(([, value]) => value),
      );
    });
    this.#residues = telling.has(textColumn) ? [] : records.map(wordsBeyondProperties);
  }

  /** Why the two are not merged, whatever their score; `null` where nothing speaks against it. */
  of(one: number, other: number): Guard | null {
    const [first, second] = [this.#facts[one], this.#facts[other]];
    if (!this.#on || first === undefined || second === undefined) return null;
    if (this.#records[one]?.type !== this.#records[other]?.type) return 'type';
    return guardOf(first, second, this.#hasModel) ?? (this.#otherText(one, other) ? 'text' : null);
  }

  /**
   * Each text has words beyond the properties that the other lacks, or the same words in another order ("Anna manages Peter"):
   * the texts do not say the same.
   */
  #otherText(one: number, other: number): boolean {
    if (!this.#hasModel) return false;
    const [first, second] = [this.#residues[one] ?? [], this.#residues[other] ?? []];
    const { unmatchedOne, unmatchedOther } = alignWords(first, second);
    return (unmatchedOne.length > 0 && unmatchedOther.length > 0) || isReordered(first, second);
  }

  /** Whether the vectors of both are known: without them a score alone merges nothing. */
  haveVectors(one: number, other: number): boolean {
    return !this.#on || (this.#records[one]?.hasVector === true && this.#records[other]?.hasVector === true);
  }
}

/** Two words may be a name that is written with its last part first. */
const leastReordered = 3;

function isReordered(one: readonly string[], other: readonly string[]): boolean {
  if (one.length < leastReordered || one.length !== other.length) return false;
  return one.some((word, at) => word !== other[at]) && [...one].sort().join(' ') === [...other].sort().join(' ');
}
