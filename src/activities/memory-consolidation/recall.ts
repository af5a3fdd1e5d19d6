import { findsLater, type MemorySearch, placesOfAnAnswer } from '../../domain/consolidation/recall.ts';
import type { SimilaritySearch } from '../../similarity/similarity-search.ts';
import type { Recall } from '../../stores/ports/batch.ts';
import type { VectorMemory } from '../../stores/ports/memory-table.ts';
import { commonLength } from './candidates.ts';

export interface Recalled {
  /** All memories of a user. */
  readonly memories: readonly Pick<VectorMemory, 'id' | 'vector'>[];
  /** Ids of those that may be removed. */
  readonly members: ReadonlySet<string>;
  /** Vectors of questions that the user asked. */
  readonly questions: readonly Float32Array[];
}

/** Not even rounding takes a cosine below it. */
const leastScore = -2;

/**
 * Searches for the vector of each memory that may be removed, and for each question, by the kernel that finds the neighbours. What
 * they find is kept for as many memories as may be removed, so that any part of the merges can be measured afterwards.
 */
export async function recallOf(
  { memories, members, questions }: Recalled,
  search: SimilaritySearch,
  signal: AbortSignal,
): Promise<Recall> {
  const dimensions = commonLength(memories);
  const asked = questions.filter(({ length }) => length === dimensions);
  const own = memories.filter(({ id }) => members.has(id));
  // Rows that are searched for come first: only they are compared with all.
  const rows: readonly (Recalled['memories'][number] | Float32Array)[] = [
    ...own,
    ...asked,
    ...memories.filter(({ id }) => !members.has(id)),
  ];
  const packed = search.vectors(rows.length, dimensions);
  const rowOf = new Map<string, number>();
  for (const [row, one] of rows.entries()) {
    const vector = one instanceof Float32Array ? one : one.vector;
    if (vector?.length === dimensions) packed.set(row, vector);
    if (!(one instanceof Float32Array)) rowOf.set(one.id, row);
  }
  const wanted = { k: own.length + asked.length + placesOfAnAnswer + 2, floor: leastScore };
  const searched = own.length + asked.length;
  const { k, indices, scores } = await search.cosineNeighbours(packed, { ...wanted, rows: searched }, { signal });
  const searchOf = (row: number): MemorySearch => {
    const found = Array.from(indices.subarray(row * k, row * k + k), (other, at) => {
      const one = rows[other];
      const score = scores[row * k + at] ?? 0;
      return one === undefined || one instanceof Float32Array ? [] : [{ id: one.id, score }];
    }).flat();
    const known = new Map(found.map(({ id, score }) => [id, score]));
    return {
      found,
      scoreOf: (id) => {
        const other = rowOf.get(id) ?? -1;
        return other === row ? 1 : (known.get(id) ?? packed.cosine(row, other));
      },
    };
  };
  const hasVector = (id: string) => packed.has(rowOf.get(id) ?? -1);
  const searches = Array.from({ length: searched }, (_, row) => searchOf(row));
  return {
    harderToFind: (merges) => {
      const removed = new Set(merges.map(({ id }) => id));
      const harder = merges.filter((merge) => {
        const byOwn = searches[rowOf.get(merge.id) ?? -1];
        if (byOwn === undefined || !hasVector(merge.id) || !hasVector(merge.survivor)) return true;
        return [byOwn, ...searches.slice(own.length)].some((one) => findsLater(one, merge, removed));
      });
      return new Set(harder.map(({ id }) => id));
    },
  };
}
