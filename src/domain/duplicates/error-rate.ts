/** Estimates without labels how many merges are wrong, by what happens to decoys. */
import type { Altered, LeftOut } from './decoys.ts';
import { countUpperBound, likelyCount } from './statistics.ts';

export type ErrorEstimate =
  | {
      readonly status: 'estimated';
      /** The share of merged pairs that are wrong lies between these with 95 % probability. */
      readonly low: number;
      readonly rate: number;
      readonly high: number;
      readonly decoys: DecoyCounts;
    }
  /** Too few decoys, or at no cut-off is the bound of the error rate within the limit. */
  | { readonly status: 'not_estimable'; readonly decoys: DecoyCounts };

export interface DecoyCounts {
  readonly leftOut: number;
  readonly altered: number;
  /** How many of them would be merged at the cut-off. */
  readonly leftOutPassed: number;
  readonly alteredPassed: number;
}

export interface Decoys {
  readonly leftOut: LeftOut;
  readonly altered: Altered;
  /** How many records could be merged wrongly. */
  readonly exposed: number;
  /** Near misses at or above this are not seen, because they pass for matches. */
  readonly seenBelow: number;
}

/** The tail of the scores is described by so many of the highest ones. */
const tailSize = 25;
const leastLeftOut = 2 * tailSize;

/** Whether enough records have a match that can be taken away, and a near miss that is left then. */
export function canEstimate({ count, bits }: LeftOut): boolean {
  return count >= leastLeftOut && bits.length >= tailSize;
}

export interface MergesAtCutoff {
  readonly cutoff: number;
  /** Pairs that are together. */
  readonly merged: number;
  /** Steps that brought them together. */
  readonly joins: number;
  /** Number of errors that the model itself expects. */
  readonly expectedErrors: number;
}

/**
 * The estimate of a cut-off. Where enough left-out records reach it they are counted. Beyond, two things tell how few do:
 * altered near misses, of which there are many but which do not know how often properties agree together, and the tail of
 * the left-out records, which does but is continued from a few scores. The geometric mean of the two holds, and never
 * less than was counted.
 */
export function estimateErrors(
  decoys: Decoys,
  { cutoff, merged, joins, expectedErrors }: MergesAtCutoff,
): Extract<ErrorEstimate, { status: 'estimated' }> {
  const { leftOut, altered, exposed } = decoys;
  const leftOutPassed = reaching(leftOut.bits, cutoff);
  const alteredPassed = reaching(altered.bits, cutoff);
  const perLeftOut = exposed / 2 / leftOut.count;
  // Each near miss is seen from both of its records.
  const perAltered = 1 / (2 * altered.ofNearMiss);
  const errors = (bound: (count: number) => number) => {
    if (leftOutPassed >= tailSize) return Math.max(expectedErrors, perLeftOut * bound(leftOutPassed));
    const beyond = Math.sqrt(perAltered * bound(alteredPassed) * perLeftOut * tailBeyond(decoys, cutoff));
    return Math.max(expectedErrors, perLeftOut * leftOutPassed, beyond);
  };
  const likely = errors((count) => count);
  const most = errors(countUpperBound);
  // The bound is on the share of the present merges, which differs from the expected share by chance. One wrong join of
  // two clusters makes several wrong pairs.
  const pairsOfJoin = Math.max(1, Math.ceil(merged / joins));
  const high = Math.max(most, pairsOfJoin * likelyCount(most / pairsOfJoin));
  const share = (wrong: number) => Math.min(1, wrong / merged);
  const counts = { leftOut: leftOut.count, altered: altered.count, leftOutPassed, alteredPassed };
  return { status: 'estimated', low: 0, rate: share(likely), high: share(high), decoys: counts };
}

/** Before a cut-off is chosen. */
export function countsOf({ leftOut, altered }: Decoys): DecoyCounts {
  return { leftOut: leftOut.count, altered: altered.count, leftOutPassed: 0, alteredPassed: 0 };
}

function reaching(bits: Float64Array, cutoff: number): number {
  let [low, high] = [0, bits.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((bits[middle] ?? 0) >= cutoff) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * How many left-out records would reach the cut-off if their highest scores go on to fall off exponentially, as the tail
 * of a likelihood ratio does. The slope is the mean excess, corrected for scores that cannot be seen above a bound; an
 * excess that does not fall towards the bound has no end in sight.
 */
function tailBeyond({ leftOut: { bits }, seenBelow }: Decoys, cutoff: number): number {
  const from = bits[tailSize - 1] ?? 0;
  let sum = 0;
  for (let at = 0; at < tailSize; at++) sum += (bits[at] ?? 0) - from;
  const mean = sum / (tailSize - 1);
  const width = seenBelow - from;
  if (!(mean < width / 2)) return tailSize;
  // The mean of an exponential that is cut off at `width` is slope - width / (e^(width / slope) - 1).
  let [low, high] = [mean, 1e6];
  for (let step = 0; step < 100; step++) {
    const middle = (low + high) / 2;
    if (middle - width / Math.expm1(width / middle) < mean) low = middle;
    else high = middle;
  }
  return tailSize * Math.exp(-Math.max(0, cutoff - from) / low);
}
