import { describe, expect, test } from 'vitest';
import { adjusted } from '../../../src/domain/insights/false-discoveries.ts';
import { logLikelihood } from '../../../src/domain/insights/log-likelihood.ts';
import { periodBefore, periodEnding } from '../../../src/domain/insights/period.ts';
import { poissonRateTest } from '../../../src/domain/insights/poisson-test.ts';

const rate = (count: number, exposure: number) => ({ count, exposure });

describe('the exact test of two Poisson rates', () => {
  test('is the binomial tail of the share of the exposure, doubled', () => {
    // 12 events, 10 of them in one of two equal periods: (66 + 12 + 1) / 4096, twice.
    expect(poissonRateTest(rate(10, 100), rate(2, 100))).toBeCloseTo((2 * 79) / 4096, 12);
    expect(poissonRateTest(rate(2, 100), rate(10, 100))).toBeCloseTo((2 * 79) / 4096, 12);
    // 3 events, all in a quarter of the exposure.
    expect(poissonRateTest(rate(3, 25), rate(0, 75))).toBeCloseTo(2 / 64, 12);
  });

  test('equal rates, and periods without a question, give no evidence', () => {
    expect(poissonRateTest(rate(5, 50), rate(50, 500))).toBe(1);
    expect(poissonRateTest(rate(5, 50), rate(0, 0))).toBe(1);
    expect(poissonRateTest(rate(0, 50), rate(0, 50))).toBe(1);
  });

  test('large counts neither underflow nor overflow', () => {
    expect(poissonRateTest(rate(60_000, 100_000), rate(40_000, 100_000))).toBeLessThan(1e-100);
    expect(poissonRateTest(rate(50_100, 100_000), rate(49_900, 100_000))).toBeCloseTo(0.529, 2);
  });
});

test('the log-likelihood ratio of a term agrees with a computation by hand', () => {
  // 2 * (10 ln(10/6) + 90 ln(90/94) + 2 ln(2/6) + 98 ln(98/94))
  const byHand = 2 * (10 * Math.log(10 / 6) + 90 * Math.log(90 / 94) + 2 * Math.log(2 / 6) + 98 * Math.log(98 / 94));
  const { g2, p } = logLikelihood(rate(10, 100), rate(2, 100));
  expect(g2).toBeCloseTo(byHand, 10);
  expect(p).toBeCloseTo(0.01305, 4);
  expect(logLikelihood(rate(5, 50), rate(5, 50)).p).toBeCloseTo(1, 6);
});

/** Adjusted probabilities of tests of one family, or of those that are named. */
function values(probabilities: readonly number[], families: readonly string[] = []): number[] {
  const tests = probabilities.map((p, at) => ({ p, family: families[at] ?? 'one' }));
  return adjusted(tests).map((value) => Number(value.toFixed(4)));
}

test('probabilities are adjusted as Benjamini and Hochberg do', () => {
  expect(values([0.01, 0.04, 0.03, 0.005])).toEqual([0.02, 0.04, 0.04, 0.02]);
  expect(values([])).toEqual([]);
});

test('a hundred tests of one family cost a single test of another no more than half of its significance', () => {
  const families = ['topic', ...Array.from({ length: 100 }, () => 'term')];
  const probabilities = [0.004, ...Array.from({ length: 100 }, () => 0.9)];
  expect(values(probabilities, families)[0]).toBe(0.008);
});

test('a period is whole days in UTC, whatever the clock does where it is looked at', () => {
  // Summer time ends in Europe on 25 October 2026.
  const { start, end, shiftDays } = periodBefore(new Date('2026-10-26T00:30:00+01:00'), 7);
  expect([start.toISOString(), end.toISOString()]).toEqual(['2026-10-18T00:00:00.000Z', '2026-10-25T00:00:00.000Z']);
  expect(shiftDays).toBe(7);
  expect(periodEnding(end, 10).shiftDays).toBe(14);
});
