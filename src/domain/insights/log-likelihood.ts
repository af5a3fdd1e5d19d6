import type { Rate } from './poisson-test.ts';

/**
 * Dunning's log-likelihood ratio G² of a term in two periods, with the probability of one as large by chance (chi-squared, one
 * degree of freedom).
 */
export function logLikelihood(one: Rate, other: Rate): { readonly g2: number; readonly p: number } {
  const total = one.count + other.count;
  const exposure = one.exposure + other.exposure;
  if (total === 0 || one.exposure <= 0 || other.exposure <= 0) return { g2: 0, p: 1 };
  const rest = exposure - total;
  const terms = [one, other].flatMap((rate) => [
    part(rate.count, (total * rate.exposure) / exposure),
    part(rate.exposure - rate.count, (rest * rate.exposure) / exposure),
  ]);
  const g2 = Math.max(0, 2 * terms.reduce((sum, term) => sum + term, 0));
  return { g2, p: Math.min(1, complementaryError(Math.sqrt(g2 / 2))) };
}

function part(observed: number, expected: number): number {
  return observed <= 0 || expected <= 0 ? 0 : observed * Math.log(observed / expected);
}

/** The complementary error function, with a relative error below 1.2e-7 (Numerical Recipes, erfcc). */
function complementaryError(x: number): number {
  const t = 1 / (1 + Math.abs(x) / 2);
  const coefficients = [
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223,
    0.17087277,
  ];
  const polynomial = coefficients.reduceRight((sum, coefficient) => sum * t + coefficient, 0);
  const value = t * Math.exp(-x * x + polynomial);
  return x >= 0 ? value : 2 - value;
}
