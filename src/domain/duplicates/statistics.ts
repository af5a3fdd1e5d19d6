const z95 = 1.959964;

/** The 95 % interval of Wilson (1927) for a proportion; all of [0, 1] where nothing was observed. */
export function proportionInterval(successes: number, trials: number): [low: number, high: number] {
  if (trials === 0) return [0, 1];
  const share = successes / trials;
  const spread = z95 * Math.sqrt((share * (1 - share)) / trials + (z95 / (2 * trials)) ** 2);
  const scale = 1 + z95 ** 2 / trials;
  const centre = share + z95 ** 2 / (2 * trials);
  return [Math.max(0, (centre - spread) / scale), Math.min(1, (centre + spread) / scale)];
}

/** With this probability the true mean of a count is not above the bound. */
const confidence = 0.95;

/**
 * The upper bound of the mean of a Poisson count: 3.0 where nothing was counted, the rule of three. By bisection of the
 * distribution, as there is no closed form.
 */
export function countUpperBound(count: number): number {
  let [low, high] = [count, count + 4 * Math.sqrt(count + 1) + 4];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (atMost(count, middle) > 1 - confidence) low = middle;
    else high = middle;
  }
  return high;
}

/** The probability of at most `count` where the mean is `mean`; a normal approximation for large counts. */
function atMost(count: number, mean: number): number {
  if (count > 500) return count + 1.645 * Math.sqrt(mean) >= mean ? 1 : 0;
  let term = Math.exp(-mean);
  let sum = term;
  for (let at = 1; at <= count; at++) {
    term *= mean / at;
    sum += term;
  }
  return sum;
}

/** The count that a Poisson variable of this mean does not exceed with 95 % probability. */
export function likelyCount(mean: number): number {
  let count = 0;
  while (atMost(count, mean) < confidence) count++;
  return count;
}
