import type { DuplicateRecord } from '../domain/duplicates/record.ts';

/** Records of one group, with their vectors in one array. */
export interface DuplicateTask {
  readonly records: readonly DuplicateRecord[];
  readonly dimensions: number;
  /** Vectors one after the other. */
  readonly vectors: Float32Array<ArrayBuffer>;
  /** By record: the place of its vector, or -1. */
  readonly places: Int32Array<ArrayBuffer>;
  readonly maxErrorRate: number;
}

/** The vector of a record; `null` where it has none. */
export function vectorAt({ dimensions, vectors, places }: DuplicateTask, record: number): Float32Array | null {
  const place = places[record] ?? -1;
  return place < 0 ? null : vectors.subarray(place * dimensions, (place + 1) * dimensions);
}
