import { canEstimate, countsOf, type Decoys, type ErrorEstimate, estimateErrors } from './error-rate.ts';

/** So few merges are not estimated: one chance likeness among them would be a tenth. */
const leastMerges = 10;

/** A step of growing clusters: what it joined, and how probably that is wrong. */
export interface Step {
  readonly bits: number;
  readonly merged: number;
  readonly expectedErrors: number;
}

/** The lowest score at which the upper bound of the error rate is within the limit. */
export function chooseCutoff(
  steps: readonly Step[],
  decoys: Decoys,
  maxErrorRate: number,
  mergedAtStart: number,
): { cutoff: number | null; estimate: ErrorEstimate } {
  let [merged, joins, expectedErrors] = [mergedAtStart, mergedAtStart, 0];
  let found: { cutoff: number | null; estimate: ErrorEstimate } = {
    cutoff: null,
    estimate: { status: 'not_estimable', decoys: countsOf(decoys) },
  };
  if (!canEstimate(decoys.leftOut)) return found;
  steps.forEach((step, at) => {
    merged += step.merged;
    joins += 1;
    expectedErrors += step.expectedErrors;
    if (steps[at + 1]?.bits === step.bits) return;
    const estimate = estimateErrors(decoys, { cutoff: step.bits, merged, joins, expectedErrors });
    if (merged < leastMerges || estimate.high > maxErrorRate) return;
    // Of merges that nobody judged, the rule of three excludes no fewer than three wrong ones.
    const high = Math.max(estimate.high, Math.min(maxErrorRate, 3 / merged));
    found = { cutoff: step.bits, estimate: { ...estimate, high } };
  });
  return found;
}
