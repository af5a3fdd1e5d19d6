import type { CandidatePair } from '../../domain/consolidation/memory.ts';
import type { SimilaritySearch } from '../../similarity/similarity-search.ts';
import type { VectorMemory } from '../../stores/ports/memory-table.ts';

/** So many nearest memories of each are looked at. */
const neighboursOfEach = 5;
/** Unlike enough that a vector alone suggests nothing. */
const leastCosine = 0.6;

/**
 * Pairs of memories of which each is among the nearest of the other, by exact cosine. A memory without a vector, or with one of
 * another dimension than most, has no neighbours.
 */
export async function mutualNeighbours(
  memories: readonly VectorMemory[],
  search: SimilaritySearch,
  signal: AbortSignal,
): Promise<readonly CandidatePair[]> {
  const dimensions = commonLength(memories);
  if (dimensions === 0) return [];
  const vectors = search.vectors(memories.length, dimensions);
  for (const [place, { vector }] of memories.entries()) {
    if (vector?.length === dimensions) vectors.set(place, vector);
  }
  const { k, indices, scores } = await search.cosineNeighbours(
    vectors,
    { k: neighboursOfEach, floor: leastCosine },
    { signal },
  );
  const near = new Map<number, number>();
  const pairs: CandidatePair[] = [];
  indices.forEach((other, at) => {
    if (other < 0) return;
    const one = Math.floor(at / k);
    const name = Math.min(one, other) * memories.length + Math.max(one, other);
    const cosine = scores[at] ?? 0;
    if (near.has(name)) pairs.push({ one: Math.min(one, other), other: Math.max(one, other), cosine });
    else near.set(name, cosine);
  });
  return pairs.sort((a, b) => a.one - b.one || a.other - b.other);
}

/** The dimensions of most vectors; 0 where there is none. */
export function commonLength(memories: readonly Pick<VectorMemory, 'vector'>[]): number {
  const counts = new Map<number, number>();
  for (const { vector } of memories) {
    if (vector !== null) counts.set(vector.length, (counts.get(vector.length) ?? 0) + 1);
  }
  return [...counts].reduce((best, one) => (one[1] > best[1] ? one : best), [0, 0])[0];
}
