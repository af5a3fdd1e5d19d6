import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DecayBase, type DecayRule, decay } from '../../src/domain/rules/decay.ts';

const cutoff = new Date('2026-03-01T03:00:00.000Z');
const hour = 3_600_000;
const day = 24 * hour;
const ruleAt = (at: Date, changes: Partial<DecayRule> = {}): DecayRule => ({
  ...{ kind: 'decay', cutoff: at, graceDays: 7, dailyFactor: 0.95, minimumScore: 0, importanceFloor: 0 },
  ...{ thresholds: [], bot: null, basesKnown: true },
  ...changes,
});
const earlier = (ms: number, from = cutoff) => new Date(from.getTime() - ms);
const later = (ms: number, from = cutoff) => new Date(from.getTime() + ms);
const memory = (lastAccessedAt: Date, score = 1) => ({ score, lastAccessedAt, pinned: false });

describe('the first run that sees a memory', () => {
  test.each([
    ['last used a year ago: it loses one day, not the days before', earlier(365 * day), 0.95],
    ['last used exactly the grace ago: the first day', earlier(7 * day), 0.95],
    ['last used a moment less than the grace ago', earlier(7 * day - 1), null],
    ['used in the future, by a clock that is fast', later(day), null],
  ])('%s', (_, lastAccessedAt, score) => {
    expect(decay(memory(lastAccessedAt), null, ruleAt(cutoff), null)?.score ?? null).toBe(score);
  });

  test('a memory that began to decay since the run before loses each day since', () => {
    const lastRun = earlier(30 * day);
    expect(decay(memory(earlier(10 * day)), null, ruleAt(cutoff), lastRun)?.score).toBeCloseTo(0.95 ** 4, 12);
    expect(decay(memory(earlier(60 * day)), null, ruleAt(cutoff), lastRun)?.score).toBeCloseTo(0.95, 12);
  });
});

describe('a memory that is left alone', () => {
  test.each([
    ['pinned', { ...memory(earlier(30 * day)), pinned: true }],
    ['with a score of nothing', memory(earlier(30 * day), 0)],
    ['with a negative score', memory(earlier(30 * day), -1)],
    ['whose score is no number', memory(earlier(30 * day), Number.NaN)],
  ])('%s', (_, one) => {
    expect(decay(one, null, ruleAt(cutoff), null)).toBeNull();
  });
});

test('bounds: a minimum, a share of the base, and a half-life', () => {
  const old = memory(earlier(365 * day), 0.5);
  const bounded = (changes: Partial<DecayRule>) => decay(old, null, ruleAt(cutoff, changes), null)?.score ?? null;
  expect(bounded({ minimumScore: 0.49 })).toBe(0.49);
  expect(bounded({ minimumScore: 0.6 })).toBeNull();
  expect(bounded({ importanceFloor: 0.97 })).toBeCloseTo(0.485, 12);
  expect(bounded({ dailyFactor: 0.5 ** (1 / 2) })).toBeCloseTo(0.5 * Math.SQRT1_2, 12);
});

/** Runs at these instants one after the other, as an application that writes nothing sees them. */
function scoreAfter(runs: readonly Date[], lastAccessedAt: Date, start = 1): number {
  let [score, base, lastRun]: [number, DecayBase | null, Date | null] = [start, null, null];
  for (const at of runs) {
    const result = decay({ score, lastAccessedAt, pinned: false }, base, ruleAt(at), lastRun);
    if (result !== null) [score, base] = [result.score, result.base];
    lastRun = at;
  }
  return score;
}

describe('the score follows from the base in closed form', () => {
  test('a second run on the same day changes nothing, and the next day takes one day more', () => {
    const used = earlier(30 * day);
    expect(scoreAfter([cutoff, later(hour)], used)).toBe(0.95);
    expect(scoreAfter([cutoff, later(23 * hour + 59 * 60_000)], used)).toBe(0.95);
    expect(scoreAfter([cutoff, later(day)], used)).toBeCloseTo(0.95 ** 2, 12);
    expect(scoreAfter([later(90_000), later(day)], used)).toBeCloseTo(0.95 ** 2, 12);
  });

  test('days are 24 hours, over a leap day and over a change to summer time', () => {
    const leap = new Date('2028-02-28T03:00:00.000Z');
    expect(scoreAfter([leap, later(2 * day, leap)], earlier(30 * day, leap))).toBeCloseTo(0.95 ** 3, 12);
    const summer = new Date('2026-03-28T03:00:00.000Z');
    expect(scoreAfter([summer, later(2 * day, summer)], earlier(30 * day, summer))).toBeCloseTo(0.95 ** 3, 12);
  });

  test('it is the same whether the job runs daily, twice a day, or not for a month', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 90 * 24 }), fc.integer({ min: 1, max: 60 }), (hours, days) => {
        const used = earlier(hours * hour, later(20 * day));
        const end = later(days * day);
        const every = (ms: number) =>
          Array.from({ length: Math.floor((days * day) / ms) + 1 }, (_, at) => later(at * ms));
        const daily = scoreAfter(every(day), used);
        expect(scoreAfter(every(12 * hour), used)).toBeCloseTo(daily, 9);
        expect(scoreAfter([cutoff, end], used)).toBeCloseTo(daily, 9);
      }),
    );
  });

  test('a score that the application changed, and a memory that it used, start a new base', () => {
    const used = earlier(30 * day);
    const first = decay(memory(used), null, ruleAt(cutoff), null);
    const then = later(5 * day);
    const changed = decay(memory(used, 0.8), first?.base ?? null, ruleAt(then), cutoff);
    expect(changed?.score).toBeCloseTo(0.8 * 0.95, 12);
    const usedAgain = later(day);
    const again = decay(memory(usedAgain, 0.95), first?.base ?? null, ruleAt(later(10 * day)), cutoff);
    // Its grace ended eight days after the first run: three days of decay since, the last one begun.
    expect(again?.score).toBeCloseTo(0.95 * 0.95 ** 3, 12);
  });

  test('an access that is learned of afterwards takes no day twice', () => {
    const first = decay(memory(earlier(100 * day)), null, ruleAt(cutoff), null);
    // For instance that of a copy, which was merged into this memory.
    const merged = memory(earlier(40 * day), 0.95);
    expect(decay(merged, first?.base ?? null, ruleAt(later(hour)), cutoff)).toBeNull();
    expect(decay(merged, first?.base ?? null, ruleAt(later(day)), cutoff)?.score).toBeCloseTo(0.95 ** 2, 12);
  });

  test('a clock that was set back raises no score', () => {
    const first = decay(memory(earlier(30 * day)), null, ruleAt(cutoff), null);
    expect(decay(memory(earlier(30 * day), 0.95), first?.base ?? null, ruleAt(earlier(3 * day)), cutoff)).toBeNull();
  });
});
