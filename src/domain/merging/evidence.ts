import type { DuplicateRecord } from '../duplicates/record.ts';
import { normalise } from '../duplicates/text/normalise.ts';
import type { MergeEvidence } from './merge-state.ts';

/** Returns the evidence that a person needs to judge two records. */
export function evidenceOf(survivor: DuplicateRecord, loser: DuplicateRecord, cosine: number | null): MergeEvidence {
  const shared = Object.keys(survivor.properties)
    .filter((name) => (survivor.properties[name] ?? '') !== '' && (loser.properties[name] ?? '') !== '')
    .sort();
  const isSame = (name: string) =>
    normalise(survivor.properties[name] ?? '') === normalise(loser.properties[name] ?? '');
  const [one, other] = [survivor.name ?? survivor.text, loser.name ?? loser.text];
  return {
    survivor_name: one,
    loser_name: other,
    cosine: cosine === null ? null : Math.round(cosine * 10_000) / 10_000,
    same_name: normalise(one) === normalise(other),
    agree: shared.filter(isSame),
    differ: shared.filter((name) => !isSame(name)),
  };
}

export function cosineOf(one: ArrayLike<number> | null, other: ArrayLike<number> | null): number | null {
  if (one === null || other === null) return null;
  let [dot, left, right] = [0, 0, 0];
  for (let at = 0; at < one.length; at++) {
    const [a, b] = [one[at] ?? 0, other[at] ?? 0];
    dot += a * b;
    left += a * a;
    right += b * b;
  }
  return left === 0 || right === 0 ? null : dot / Math.sqrt(left * right);
}
