import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/domain/random.ts';
import { flatnessOf, type Series, warmedUp } from './flatness.ts';

const random = seededRandom(3);
const series = (value: (seconds: number) => number): Series =>
  Array.from({ length: 120 }, (_, at) => [at * 10, value(at * 10)] as const);

describe('flatness', () => {
  it('noise, a peak and a restart are flat', () => {
    expect(
      flatnessOf(
        series(() => 100 + random() * 30),
        1,
      ).flat,
    ).toBe(true);
    expect(
      flatnessOf(
        series((at) => (at === 600 ? 900 : 100)),
        1,
      ).flat,
    ).toBe(true);
    expect(
      flatnessOf(
        series((at) => (at < 300 ? 180 : 100)),
        1,
      ).flat,
    ).toBe(true);
  });

  it('a slow leak under noise is not, and the rise is the leak', () => {
    const leak = flatnessOf(
      series((at) => 100 + at / 60 + random() * 20),
      1,
    );
    expect(leak.flat).toBe(false);
    expect(leak.rise).toBeGreaterThan(15);
    expect(leak.rise).toBeLessThan(25);
  });

  it('a rise within the leeway is flat, and few samples tell nothing', () => {
    expect(
      flatnessOf(
        series((at) => at / 600),
        3,
      ).flat,
    ).toBe(true);
    expect(flatnessOf(series(() => 1).slice(0, 5), 1).flat).toBeNull();
  });

  it('the warm-up is left out', () => {
    expect(
      warmedUp(
        series((at) => at),
        1_200,
      )[0],
    ).toEqual([300, 300]);
    expect(
      warmedUp(
        series((at) => at),
        100,
      )[0],
    ).toEqual([50, 50]);
  });
});
