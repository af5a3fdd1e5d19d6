/** Least cosines of two entities, whatever else speaks for them; `null`: there is none. */
export interface SimilarityFloors {
  /** Of a pair that is merged without a judgement. */
  readonly merge: number | null;
  /** Of a pair that a person or a model judges. */
  readonly judge: number | null;
}

interface DecidedPair {
  readonly state: 'proposed' | 'review';
  readonly guard: string | null;
  readonly evidence: { readonly cosine: number | null };
}

/**
 * The pair as the floors leave it; `null`: it is left alone. Of a pair without a cosine the floors say nothing. `isJudged`: a
 * person or a model has decided, and no floor overrides that.
 */
export function aboveFloors<T extends DecidedPair>(pair: T, floors: SimilarityFloors, isJudged: boolean): T | null {
  const { cosine } = pair.evidence;
  const isBelow = (floor: number | null) => floor !== null && cosine !== null && cosine < floor;
  if (isJudged && pair.state === 'proposed') return pair;
  if (pair.state === 'proposed' && !isBelow(floors.merge)) return pair;
  if (isBelow(floors.judge)) return null;
  return pair.state === 'proposed' ? { ...pair, state: 'review', guard: 'threshold' } : pair;
}
