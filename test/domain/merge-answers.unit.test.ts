import { describe, expect, it } from 'vitest';
import type { ErrorEstimate } from '../../src/domain/duplicates/error-rate.ts';
import { judgedMerges, type PairAnswer, refinedErrorRate } from '../../src/domain/merging/answers.ts';

const decoys = { leftOut: 0, altered: 0, leftOutPassed: 0, alteredPassed: 0 };
const unknown: ErrorEstimate = { status: 'not_estimable', decoys };
const estimated: ErrorEstimate = { status: 'estimated', low: 0, rate: 0.004, high: 0.01, decoys };

describe('answers about merges', () => {
  const answer = (own: Partial<PairAnswer>): PairAnswer => ({ type: 'a', bits: 9, guard: null, same: true, ...own });

  it('are those about pairs of the type that reach the cut-off', () => {
    const answers = [
      ...[answer({}), answer({ same: false }), answer({ bits: 7 }), answer({ type: 'b' })],
      ...[answer({ guard: 'text' }), answer({ bits: null })],
    ];
    expect(judgedMerges(answers, 'a', 8)).toEqual({ right: 1, wrong: 1 });
    expect(judgedMerges(answers, 'a', null)).toEqual({ right: 1, wrong: 0 });
  });

  it('bound the rate where nothing else does: by three divided by their number', () => {
    expect(refinedErrorRate(unknown, { right: 0, wrong: 0 })).toBeNull();
    expect(refinedErrorRate(unknown, { right: 20, wrong: 0 })).toMatchObject({
      low: 0,
      rate: 0,
      high: expect.closeTo(0.15, 2),
    });
  });

  it('lower an estimate that they confirm, and raise one that they contradict', () => {
    expect(refinedErrorRate(estimated, { right: 0, wrong: 0 })).toEqual({ low: 0, rate: 0.004, high: 0.01 });
    const confirmed = refinedErrorRate(estimated, { right: 600, wrong: 0 });
    expect(confirmed?.rate).toBeLessThan(0.004);
    expect(confirmed?.high).toBeCloseTo(0.005, 3);
    const contradicted = refinedErrorRate(estimated, { right: 18, wrong: 2 });
    expect(contradicted?.rate).toBe(0.1);
    expect(contradicted?.high).toBeGreaterThan(0.1);
  });
});
