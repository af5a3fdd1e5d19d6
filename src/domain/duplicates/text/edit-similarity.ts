/** Longer texts are cut: beyond this the distance of two whole texts says little, and it costs most. */
const maxLength = 64;
const rows = [0, 1, 2].map(() => new Uint16Array(maxLength + 1));

/**
 * 1 for equal texts, 0 for texts without a letter in common: one less the number of insertions, deletions, changes and
 * swaps of neighbours (the optimal string alignment distance), as a share of the longer text.
 */
export function editSimilarity(one: string, other: string): number {
  if (one === other) return 1;
  const [a, b] = [one.slice(0, maxLength), other.slice(0, maxLength)];
  const longest = Math.max(a.length, b.length);
  return longest === 0 ? 1 : 1 - distance(a, b) / longest;
}

function distance(a: string, b: string): number {
  let [before, last, current] = [rows[0], rows[1], rows[2]];
  if (before === undefined || last === undefined || current === undefined) return 0;
  for (let at = 0; at <= b.length; at++) last[at] = at;
  for (let i = 1; i <= a.length; i++) {
    current[0] = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1);
      let least = Math.min((last[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      const swapped =
        i > 1 && j > 1 && a.charCodeAt(i - 1) === b.charCodeAt(j - 2) && a.charCodeAt(i - 2) === b.charCodeAt(j - 1);
      if (swapped) least = Math.min(least, (before[j - 2] ?? 0) + 1);
      current[j] = least;
    }
    [before, last, current] = [last, current, before];
  }
  return last[b.length] ?? 0;
}
