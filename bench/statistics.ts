/** The value that a share of the sample does not exceed. */
export function quantile(sample: readonly number[], share: number): number {
  const sorted = sample.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(sample: readonly number[]): number {
  const sorted = sample.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  const [below, above] = [sorted[Math.ceil(half) - 1], sorted[Math.floor(half)]];
  return ((below ?? Number.NaN) + (above ?? Number.NaN)) / 2;
}

/** Round by round, since neighbours in time share what else the machine was doing. */
export function ratios(of: readonly number[], to: readonly number[]): number[] {
  return of.map((value, at) => value / (to[at] ?? Number.NaN));
}
