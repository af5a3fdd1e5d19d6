/**
 * Adjusted probabilities by Benjamini and Hochberg: among all tests whose value is at most a rate, no more than that rate are
 * expected to be false.
 */
export function adjusted(probabilities: readonly number[]): number[] {
  const order = probabilities.map((_, at) => at).sort((a, b) => (probabilities[a] ?? 1) - (probabilities[b] ?? 1));
  const values = new Array<number>(probabilities.length).fill(1);
  let least = 1;
  for (let rank = order.length; rank >= 1; rank--) {
    const at = order[rank - 1] ?? 0;
    least = Math.min(least, ((probabilities[at] ?? 1) * probabilities.length) / rank);
    values[at] = least;
  }
  return values;
}
