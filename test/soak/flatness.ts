/** A measure over time: seconds since the begin, and the value. */
export type Series = readonly (readonly [seconds: number, value: number])[];

export interface Flatness {
  readonly samples: number;
  readonly median: number;
  readonly most: number;
  /** Rise over the measured time, by the robust slope. */
  readonly rise: number;
  /** How much it may be. */
  readonly allowed: number;
  /** `null`: too few samples to tell. */
  readonly flat: boolean | null;
}

const fewestSamples = 10;
/** Share of the median that a rise may have. */
const allowedShare = 0.1;

/**
 * Whether a measure is flat: the median of the slopes between all pairs of samples (Theil and Sen), over the measured time, is a
 * rise of a tenth of the median at most, or of `leeway` where that is more. A single peak, or a restart, does not move the
 * median of the slopes; a leak does.
 */
export function flatnessOf(series: Series, leeway: number): Flatness {
  const values = series.map(([, value]) => value);
  const middle = median(values);
  const allowed = Math.max(leeway, Math.abs(middle) * allowedShare);
  const [first, last] = [series[0]?.[0] ?? 0, series.at(-1)?.[0] ?? 0];
  const rise = slopeOf(series) * (last - first);
  const flat = series.length < fewestSamples ? null : rise <= allowed;
  return { samples: series.length, median: middle, most: Math.max(0, ...values), rise, allowed, flat };
}

function slopeOf(series: Series): number {
  const slopes = series.flatMap(([at, value], index) =>
    series.slice(index + 1).flatMap(([later, other]) => (later > at ? [(other - value) / (later - at)] : [])),
  );
  return median(slopes);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = 0, high = 0] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  return (low + high) / 2;
}

/** Without the warm-up: a quarter of the time, and at least two minutes where there is more. */
export function warmedUp(series: Series, seconds: number): Series {
  const warmUp = Math.min(seconds / 2, Math.max(120, seconds / 4));
  return series.filter(([at]) => at >= warmUp);
}
