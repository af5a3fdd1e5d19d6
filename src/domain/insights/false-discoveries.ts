/**
 * Adjusted probabilities by Benjamini and Hochberg: among all tests whose value is at most a rate, no more than that rate are
 * expected to be false. Each family of tests has the same share of them (p-value weighting: Genovese, Roeder and Wasserman,
 * Biometrika 93, 2006), so that hundreds of tests of one kind do not hide a finding of another.
 *
 * @param tests each with its probability and the name of its family
 */
export function adjusted(tests: readonly { readonly p: number; readonly family: string }[]): number[] {
  const sizes = new Map<string, number>();
  for (const { family } of tests) sizes.set(family, (sizes.get(family) ?? 0) + 1);
  const weighted = tests.map(({ p, family }) => (p * sizes.size * (sizes.get(family) ?? 1)) / tests.length);
  const order = tests.map((_, at) => at).sort((a, b) => (weighted[a] ?? 1) - (weighted[b] ?? 1));
  const values = new Array<number>(tests.length).fill(1);
  let least = 1;
  for (let rank = order.length; rank >= 1; rank--) {
    const at = order[rank - 1] ?? 0;
    least = Math.min(least, ((weighted[at] ?? 1) * tests.length) / rank);
    values[at] = least;
  }
  return values;
}
