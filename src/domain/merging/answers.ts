import type { ErrorEstimate } from '../duplicates/error-rate.ts';
import { countUpperBound } from '../duplicates/statistics.ts';

/** Answers of people about pairs of one type, and what they say about its merges. */

export interface PairAnswer {
  readonly type: string;
  readonly bits: number | null;
  readonly guard: string | null;
  /** Whether the two are one thing. */
  readonly same: boolean;
}

/** Answers about pairs that a run would merge by itself. */
export interface JudgedMerges {
  readonly right: number;
  readonly wrong: number;
}

export interface ErrorRate {
  readonly low: number;
  readonly rate: number;
  readonly high: number;
}

/** Answers about pairs of the type that reach the cut-off; without a model, about pairs that say the same. */
export function judgedMerges(answers: readonly PairAnswer[], type: string, cutoffBits: number | null): JudgedMerges {
  const judged = answers.filter(
    ({ type: of, bits, guard }) =>
      of === type && guard === null && (cutoffBits === null ? bits === null : bits !== null && bits >= cutoffBits),
  );
  const right = judged.filter(({ same }) => same).length;
  return { right, wrong: judged.length - right };
}

/**
 * The error rate of merges that nobody has judged. Answers are about the pairs nearest to the cut-off first, which are wrong the most
 * often: their share bounds that of all pairs above. Where decoys allow an estimate, both bounds hold, unless people found more
 * errors than the decoys predict: then only the answers count. `null`: neither says anything.
 */
export function refinedErrorRate(estimate: ErrorEstimate, { right, wrong }: JudgedMerges): ErrorRate | null {
  const judged = right + wrong;
  const byDecoys =
    estimate.status === 'estimated' ? { low: estimate.low, rate: estimate.rate, high: estimate.high } : null;
  if (judged === 0) return byDecoys;
  const byAnswers = { low: 0, rate: wrong / judged, high: Math.min(1, countUpperBound(wrong) / judged) };
  if (byDecoys === null || wrong > byDecoys.high * judged) return byAnswers;
  // The decoys predict a share of errors among the judged ones: what was found instead corrects it, with the weight of one error.
  const corrected = (byDecoys.rate * (wrong + 1)) / (byDecoys.rate * judged + 1);
  const high = Math.min(byDecoys.high, byAnswers.high);
  return { low: byDecoys.low, rate: Math.min(corrected, high), high };
}
