import { isCode } from '../text/codes.ts';
import { hasDigit, normalise, wordsOf } from '../text/normalise.ts';
import { WordWeights } from '../text/word-weights.ts';

/** One property of all records: each distinct value once, and which of them a record has. */
export interface Column {
  /** That of the property; its numbers and codes have a name of their own. */
  readonly name: string;
  readonly property: string;
  readonly values: readonly ColumnValue[];
  /** By record: the place of its value, -1 where it has none. */
  readonly of: Int32Array;
  /** How many records have a value. */
  readonly filled: number;
  /** Numbers, texts, or the numbers or codes of texts, of which one digit makes another. */
  readonly kind: 'numbers' | 'text' | 'tokens';
  readonly weights: WordWeights;
}

export interface ColumnValue {
  readonly text: string;
  readonly words: readonly string[];
  /** How many records have it. */
  readonly count: number;
}

/** Below this share of records a property is too rare to learn from. */
const leastFilledShare = 0.01;
/** Below this share of a property's values, numbers and codes in them are only words. */
const leastTokensShare = 0.05;
const numericShare = 0.9;
/** A key that a store made is short; a long text that no other record repeats is still a text. */
const longestKey = 128;
const leastCounted = 50;
const counterShare = 0.9;
const keyDigitShare = 0.9;

/** The properties that can agree or disagree, in the order of their names. */
export function columnsOf(records: readonly Readonly<Record<string, string>>[]): Column[] {
  const names = [...new Set(records.flatMap((properties) => Object.keys(properties)))].sort();
  return names.flatMap((name) =>
    columnsOfTexts(
      name,
      records.map((properties) => properties[name] ?? ''),
    ),
  );
}

/**
 * One property as columns. Where its texts hold numbers or codes, these are columns of their own: how much another number
 * tells differs from how much another word tells, and the model learns both.
 */
export function columnsOfTexts(name: string, texts: readonly string[]): Column[] {
  const normalised = texts.map(normalise);
  const whole = columnOf(name, name, normalised);
  if (!tells(whole)) return [];
  if (whole.kind === 'numbers') return [whole];
  const parts = [...tokenKinds].map(([part, belongs]) => partOf(whole, part, normalised, belongs));
  const telling = parts.filter((part) => part.filled >= leastTokensShare * whole.filled && tells(part));
  if (telling.length === 0) return [whole];
  const apart = [...tokenKinds.values()].filter((_, at) => telling.includes(parts[at] ?? whole));
  const words = normalised.map((text) => keep(text, (word) => !apart.some((belongs) => belongs(word))));
  return [columnOf(name, name, words), ...telling].filter(tells);
}

const tokenKinds = new Map<string, (word: string) => boolean>([
  ['numbers', (word) => hasDigit(word) && !isCode(word)],
  ['codes', isCode],
]);

function partOf({ name }: Column, part: string, texts: readonly string[], belongs: (word: string) => boolean): Column {
  const kept = texts.map((text) => keep(text, belongs));
  return { ...columnOf(`${name} (${part})`, name, kept), kind: 'tokens' };
}

function keep(text: string, belongs: (word: string) => boolean): string {
  return wordsOf(text).filter(belongs).join(' ');
}

function columnOf(name: string, property: string, texts: readonly string[]): Column {
  const places = new Map<string, number>();
  const values: { text: string; words: string[]; count: number }[] = [];
  const of = Int32Array.from(texts, (text) => {
    if (text === '') return -1;
    const at = places.get(text) ?? values.length;
    const value = values[at];
    if (value !== undefined) value.count++;
    else {
      places.set(text, at);
      values.push({ text, words: wordsOf(text), count: 1 });
    }
    return at;
  });
  const filled = texts.filter((text) => text !== '').length;
  const numbers = values.filter(({ text }) => /^[\d. ]+$/.test(text)).reduce((sum, { count }) => sum + count, 0);
  const weights = new WordWeights(values.map(({ words }) => words));
  const kind = numbers >= numericShare * filled ? 'numbers' : 'text';
  return { name, property, values, of, filled, kind, weights };
}

function tells(column: Column): boolean {
  const enough = column.filled >= Math.max(2, leastFilledShare * column.of.length);
  return enough && column.values.length > 1 && !isRowKey(column);
}

/** A column that numbers the rows: its values never agree, or agree by chance where each of two lists was numbered. */
function isRowKey(column: Column): boolean {
  return isUniqueKey(column) || isCounter(column);
}

const date = /^(?:1[5-9]|20)\d\d ?(?:0\d|1[0-2]) ?[0-3]\d/;

/** All different, short and with digits; but different dates tell something. */
function isUniqueKey({ values, filled }: Column): boolean {
  if (values.length < filled) return false;
  const withDigits = values.filter(({ text }) => hasDigit(text)).length;
  if (values.every(({ text }) => date.test(text))) return false;
  return withDigits >= keyDigitShare * filled && values.every(({ text }) => text.length <= longestKey);
}

/** Nearly every whole number between the least and the greatest, most of them once or twice. */
function isCounter({ values, filled, kind }: Column): boolean {
  if (kind !== 'numbers' || values.length < Math.max(leastCounted, filled / 2)) return false;
  const numbers = values.map(({ text }) => Number(text));
  if (!numbers.every(Number.isInteger)) return false;
  const [least, greatest] = numbers.reduce(
    ([low, high], number) => [Math.min(low, number), Math.max(high, number)],
    [Number.POSITIVE_INFINITY, 0],
  );
  return numbers.length >= counterShare * (greatest - least + 1);
}
