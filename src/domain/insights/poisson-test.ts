/** How often something was counted in how many chances. */
export interface Rate {
  readonly count: number;
  /** Questions of the same period, whatever their topic. */
  readonly exposure: number;
}

/**
 * Exact two-sided test that two Poisson rates are equal: given the sum of both counts, the first is binomial with the share of
 * its exposure (Przyborowski and Wilenski, 1940). The smaller tail is doubled, which never understates the probability.
 */
export function poissonRateTest(one: Rate, other: Rate): number {
  const trials = one.count + other.count;
  const exposure = one.exposure + other.exposure;
  if (trials === 0 || one.exposure <= 0 || other.exposure <= 0) return 1;
  const share = one.exposure / exposure;
  const [lower, upper] = binomialTails(one.count, trials, share);
  return Math.min(1, 2 * Math.min(lower, upper));
}

/** P(X <= count) and P(X >= count). */
function binomialTails(count: number, trials: number, share: number): [number, number] {
  const logOdds = Math.log(share) - Math.log1p(-share);
  let [lower, upper] = [0, 0];
  let logChance = trials * Math.log1p(-share);
  for (let at = 0; at <= trials; at++) {
    const chance = Math.exp(logChance);
    if (at <= count) lower += chance;
    if (at >= count) upper += chance;
    logChance += Math.log(trials - at) - Math.log(at + 1) + logOdds;
  }
  return [Math.min(1, lower), Math.min(1, upper)];
}
