/** Cosines closer than this are equal. */
export const toleratedDifference = 1e-6;
/** A memory that a search did not find among so many is not missed by it. */
export const placesOfAnAnswer = 10;

/** A search among the memories of a user. */
export interface MemorySearch {
  /** The nearest, best first, and `placesOfAnAnswer` at the least besides those that are to be removed and the one that stays. */
  readonly found: readonly { readonly id: string; readonly score: number }[];
  /** The cosine of a memory. */
  scoreOf(id: string): number;
}

/**
 * Whether the search would find another memory between the place of a member and that of the memory which stays, once all of
 * `removed` are removed. A search for the member's own vector finds the member first, so there the one that stays has to come
 * first.
 */
export function findsLater(
  { found, scoreOf }: MemorySearch,
  { id, survivor }: { readonly id: string; readonly survivor: string },
  removed: ReadonlySet<string>,
): boolean {
  const [own, kept] = [scoreOf(id), scoreOf(survivor)];
  if (own <= kept) return false;
  const standing = found.filter((one) => one.id !== survivor && !removed.has(one.id));
  const isAhead = ({ score }: { readonly score: number }) => score > own + toleratedDifference;
  return (
    standing.filter(isAhead).length < placesOfAnAnswer &&
    standing.some((one) => one.score > kept + toleratedDifference && !isAhead(one))
  );
}
