import type { MergePair } from './merge-record.ts';

export interface Candidate {
  readonly id: string;
  readonly degree: number;
  /** `null`: not known; such an entity counts as the youngest. */
  readonly createdAt: Date | null;
}

/** The one with most edges stays, then the oldest, then the first by id. */
export function chooseSurvivor<T extends Candidate>(members: readonly T[]): T | null {
  const [first] = members.toSorted(byRank);
  return first ?? null;
}

function byRank(one: Candidate, other: Candidate): number {
  if (one.degree !== other.degree) return other.degree - one.degree;
  const [age, otherAge] = [one, other].map(({ createdAt }) => createdAt?.getTime() ?? Number.MAX_SAFE_INTEGER);
  if (age !== otherAge) return (age ?? 0) - (otherAge ?? 0);
  return one.id < other.id ? -1 : 1;
}

/**
 * The merges of one cluster. A pair that a person separated is not merged, and neither is a member that was separated from
 * one which is merged with the same survivor.
 */
export function mergesOf<T extends Candidate>(
  members: readonly T[],
  separatedFrom: (id: string) => Iterable<string>,
): (MergePair & { readonly kept: T; readonly merged: T })[] {
  const kept = chooseSurvivor(members);
  if (kept === null) return [];
  const joined = new Set([kept.id]);
  return members
    .filter((one) => one !== kept)
    .toSorted((one, other) => (one.id < other.id ? -1 : 1))
    .flatMap((merged) => {
      for (const id of separatedFrom(merged.id)) if (joined.has(id)) return [];
      joined.add(merged.id);
      return [{ survivor: kept.id, loser: merged.id, kept, merged }];
    });
}
