import { alignWords } from '../text/align-words.ts';
import { editSimilarity } from '../text/edit-similarity.ts';
import { hasDigit } from '../text/normalise.ts';
import type { Column, ColumnValue } from './column.ts';
import { type Level, levels } from './levels.ts';

/** Shares of letters or of words' weight, from which two values count as one level or the next. */
const spelledSimilarity = 0.85;
const containedSimilarity = 0.75;
const closeShare = 0.6;
const alikeShare = 0.3;
/** Relative differences of numbers. */
const closeDifference = 0.02;
const alikeDifference = 0.15;
const longestQuantity = 7;
/** Longer values are compared by words only. */
const longestCompact = 48;

/** Compares values of a column, each pair of values once. */
export class ColumnComparer {
  readonly #known = new Map<number, Level>();
  readonly #column: Column;

  constructor(column: Column) {
    this.#column = column;
  }

  level(one: number, other: number): Level {
    const [a, b] = [this.#column.of[one] ?? -1, this.#column.of[other] ?? -1];
    if (a < 0 || b < 0) return levels.missing;
    if (a === b) return levels.equal;
    const key = Math.min(a, b) * this.#column.values.length + Math.max(a, b);
    let level = this.#known.get(key);
    if (level === undefined) {
      level = this.#compare(this.#column.values[Math.min(a, b)], this.#column.values[Math.max(a, b)]);
      this.#known.set(key, level);
    }
    return level;
  }

  #compare(one: ColumnValue | undefined, other: ColumnValue | undefined): Level {
    if (one === undefined || other === undefined) return levels.missing;
    if (this.#column.kind === 'numbers') return compareNumbers(one.text, other.text);
    return this.#column.kind === 'tokens' ? compareTokens(one, other) : compareTexts(one, other, this.#column);
  }
}

/** A slip of the key changes one digit or swaps two; a measurement differs by a share of itself. */
function compareNumbers(one: string, other: string): Level {
  const [a, b] = [one.replaceAll(' ', ''), other.replaceAll(' ', '')];
  if (a === b) return levels.spelled;
  const longest = Math.max(a.length, b.length);
  const edits = Math.round((1 - editSimilarity(a, b)) * longest);
  if (edits === 1 && longest >= 4) return levels.contained;
  // Dates, telephone numbers and ids are no quantities: two of them are not alike because they are nearly as large.
  const quantity = longest <= longestQuantity && !one.includes(' ') && !other.includes(' ');
  const [x, y] = [Number(a), Number(b)];
  const difference = quantity ? Math.abs(x - y) / Math.max(Math.abs(x), Math.abs(y)) : 1;
  if (difference <= closeDifference || (edits === 2 && longest >= 6)) return levels.close;
  return difference <= alikeDifference || edits === 1 ? levels.alike : levels.different;
}

/** One token is the other with a letter or two after it: a variant, a finish, a country. */
const longestSuffix = 2;
const shortestStem = 4;

function compareTokens({ words: ones }: ColumnValue, { words: others }: ColumnValue): Level {
  const same = (one: string, other: string) => one === other || isStem(one, other) || isStem(other, one);
  const matchedOnes = ones.filter((one) => others.some((other) => same(one, other))).length;
  const matchedOthers = others.filter((other) => ones.some((one) => same(one, other))).length;
  if (matchedOnes === ones.length && matchedOthers === others.length) return levels.spelled;
  if (matchedOnes === ones.length || matchedOthers === others.length) return levels.contained;
  return matchedOnes > 0 ? levels.alike : levels.different;
}

function isStem(stem: string, word: string): boolean {
  const suffix = word.length - stem.length;
  if (stem.length < shortestStem || suffix < 1 || suffix > longestSuffix || !word.startsWith(stem)) return false;
  return !hasDigit(word.slice(stem.length));
}

function compareTexts(one: ColumnValue, other: ColumnValue, { weights }: Column): Level {
  const [a, b] = [one.text.replaceAll(' ', ''), other.text.replaceAll(' ', '')];
  const letters = Math.max(a.length, b.length) <= longestCompact ? editSimilarity(a, b) : 0;
  if (letters >= spelledSimilarity) return levels.spelled;
  const { matched, unmatchedOne, unmatchedOther } = alignWords(one.words, other.words);
  const weigh = (words: readonly string[]) => words.reduce((sum, word) => sum + weights.weight(word) ** 2, 0);
  const [shared, restOne, restOther] = [weigh(matched), weigh(unmatchedOne), weigh(unmatchedOther)];
  if (shared > 0 && restOne === 0 && restOther === 0) return levels.spelled;
  const initial = one.text.length === 1 || other.text.length === 1;
  if (initial && one.text[0] === other.text[0]) return levels.contained;
  if ((shared > 0 && Math.min(restOne, restOther) === 0) || letters >= containedSimilarity) return levels.contained;
  const share = shared / Math.sqrt((shared + restOne) * (shared + restOther) || 1);
  if (share >= closeShare || letters >= closeShare) return levels.close;
  return share >= alikeShare || letters >= (closeShare + alikeShare) / 2 ? levels.alike : levels.different;
}
