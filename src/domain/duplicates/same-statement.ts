import type { Column } from './fields/column.ts';
import { ColumnComparer } from './fields/compare.ts';
import { levels } from './fields/levels.ts';
import type { DuplicateRecord } from './record.ts';
import { normalise } from './text/normalise.ts';

/**
 * Whether two records are called the same and nothing else disagrees: their names are equal, or their texts where they
 * have no names, and no property of one contradicts that of the other.
 */
export class SameStatement {
  readonly #labels: readonly string[];
  readonly #comparers: readonly ColumnComparer[];

  constructor(records: readonly DuplicateRecord[], columns: readonly Column[]) {
    this.#labels = records.map(({ name, text }) => normalise(name ?? text));
    this.#comparers = columns.map((column) => new ColumnComparer(column));
  }

  sameLabel(one: number, other: number): boolean {
    return this.#labels[one] !== '' && this.#labels[one] === this.#labels[other];
  }

  test(one: number, other: number): boolean {
    if (!this.sameLabel(one, other)) return false;
    return this.#comparers.every((comparer) => {
      const level = comparer.level(one, other);
      return level === levels.missing || level >= levels.contained;
    });
  }
}
