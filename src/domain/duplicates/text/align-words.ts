import { editSimilarity } from './edit-similarity.ts';
import { hasDigit } from './normalise.ts';

/** Words of two texts without a counterpart in the other. */
export interface Alignment {
  readonly unmatchedOne: readonly string[];
  readonly unmatchedOther: readonly string[];
  readonly matched: readonly string[];
}

const shortestAbbreviation = 3;
const shortestMisspelling = 4;
const misspelling = 0.75;

/**
 * Pairs the words of two texts, in whatever order: first equal ones, then misspellings and abbreviations. A word with a
 * digit has only equal counterparts: one digit makes it another number.
 */
export function alignWords(one: readonly string[], other: readonly string[]): Alignment {
  const matched: string[] = [];
  const rest = new Map<string, number>();
  for (const word of other) rest.set(word, (rest.get(word) ?? 0) + 1);
  const unmatched: string[] = [];
  for (const word of one) {
    const left = rest.get(word) ?? 0;
    if (left > 0) {
      rest.set(word, left - 1);
      matched.push(word);
    } else unmatched.push(word);
  }
  const candidates = [...rest].flatMap(([word, count]) => new Array<string>(count).fill(word));
  const unmatchedOne: string[] = [];
  for (const word of unmatched) {
    const at = candidates.findIndex((candidate) => meansTheSame(word, candidate));
    if (at < 0) unmatchedOne.push(word);
    else {
      matched.push(word);
      candidates.splice(at, 1);
    }
  }
  return { unmatchedOne, unmatchedOther: candidates, matched };
}

/** Misspelled or abbreviated ("st" is no abbreviation of "street" by its letters alone: it is too short to tell). */
function meansTheSame(one: string, other: string): boolean {
  if (hasDigit(one) || hasDigit(other)) return false;
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  if (short.length >= shortestAbbreviation && long.startsWith(short)) return true;
  return short.length >= shortestMisspelling && editSimilarity(short, long) >= misspelling;
}
