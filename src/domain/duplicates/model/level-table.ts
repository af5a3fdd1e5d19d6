import { type Column, columnsOf, columnsOfTexts } from '../fields/column.ts';
import { ColumnComparer } from '../fields/compare.ts';
import type { DuplicateRecord } from '../record.ts';
import { normalise, wordsOf } from '../text/normalise.ts';

/** Pairs of records by their places, the lower one first. */
export interface RecordPairs {
  readonly ones: Int32Array;
  readonly others: Int32Array;
}

/** By pair, one level for each column. */
export interface LevelTable extends RecordPairs {
  readonly columns: number;
  readonly levels: Int8Array;
}

/** The column of the texts, where they say more than the properties. */
export const textColumn = 'text';

/** A text of which properties repeat at least this share of words adds nothing to them. */
const repeatedShare = 0.5;

/** Names, properties, and the text where it says more than those, as columns to compare. */
export function comparableColumns(records: readonly DuplicateRecord[]): Column[] {
  const columns = columnsOf(records.map(({ properties }) => properties));
  const names = columnsOfTexts(
    'name',
    records.map(({ name }) => name ?? ''),
  );
  const repeated = records.reduce((sum, record) => sum + shareRepeated(record), 0);
  const texts =
    repeated >= repeatedShare * records.length
      ? []
      : columnsOfTexts(
          textColumn,
          records.map(({ text }) => text),
        );
  return [...names, ...columns, ...texts];
}

/** Returns the words of a text that neither the name nor a property repeats. */
export function wordsBeyondProperties({ name, text, properties }: DuplicateRecord): string[] {
  const elsewhere = new Set(wordsOf(normalise([name ?? '', ...Object.values(properties)].join(' '))));
  return wordsOf(normalise(text)).filter((word) => !elsewhere.has(word));
}

function shareRepeated(record: DuplicateRecord): number {
  const words = wordsOf(normalise(record.text)).length;
  return words === 0 ? 1 : 1 - wordsBeyondProperties(record).length / words;
}

export function levelTable(columns: readonly Column[], pairs: RecordPairs): LevelTable {
  const comparers = columns.map((column) => new ColumnComparer(column));
  const levels = new Int8Array(pairs.ones.length * columns.length);
  for (let pair = 0; pair < pairs.ones.length; pair++) {
    const [one, other] = [pairs.ones[pair] ?? 0, pairs.others[pair] ?? 0];
    for (let column = 0; column < comparers.length; column++) {
      levels[pair * columns.length + column] = comparers[column]?.level(one, other) ?? -1;
    }
  }
  return { ...pairs, columns: columns.length, levels };
}
