import type { DuplicateRecord } from '../../../domain/duplicates/record.ts';
import type { DuplicateTask } from '../../../similarity/duplicate-task.ts';
import type { ComparedEntity, GraphMerging } from '../../../stores/ports/graph-merging.ts';

/** Entities of one group with their vectors in one array. */
export interface ReadGroup {
  readonly entities: ReadonlyMap<string, Omit<ComparedEntity, 'vector'>>;
  readonly task: Omit<DuplicateTask, 'maxErrorRate'>;
  /** Vectors of another length than most: they are not compared. */
  readonly oddVectors: number;
  /** Whether it has more entities than are read: then not all of them are here. */
  readonly isTooLarge: boolean;
}

export async function readGroup(
  merging: GraphMerging,
  group: string,
  maxEntities: number,
  signal: AbortSignal,
): Promise<ReadGroup> {
  const entities = new Map<string, Omit<ComparedEntity, 'vector'>>();
  const records: DuplicateRecord[] = [];
  const places: number[] = [];
  const vectors = new VectorList();
  for await (const page of merging.compared(group, signal)) {
    signal.throwIfAborted();
    for (const { vector, ...entity } of page) {
      const place = vector === null ? -1 : vectors.add(vector);
      entities.set(entity.id, entity);
      places.push(place);
      const { id: key, type, name, text, properties } = entity;
      records.push({ key, type, ...(name === '' ? {} : { name }), text, properties, hasVector: place >= 0 });
    }
    if (entities.size > maxEntities) break;
  }
  const task = { records, dimensions: vectors.dimensions, vectors: vectors.values(), places: Int32Array.from(places) };
  return { entities, task, oddVectors: vectors.odd, isTooLarge: entities.size > maxEntities };
}

/** Vectors one after the other, in an array that grows. */
class VectorList {
  #values = new Float32Array(0);
  #count = 0;
  dimensions = 0;
  odd = 0;

  /** Returns its place; -1 for a vector of another length than the first. */
  add(vector: readonly number[]): number {
    if (this.#count === 0) this.dimensions = vector.length;
    if (vector.length !== this.dimensions) {
      this.odd += 1;
      return -1;
    }
    const end = (this.#count + 1) * this.dimensions;
    if (end > this.#values.length) {
      const grown = new Float32Array(Math.max(end, this.#values.length * 2));
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values.set(vector, this.#count * this.dimensions);
    this.#count += 1;
    return this.#count - 1;
  }

  values(): Float32Array<ArrayBuffer> {
    return this.#values.subarray(0, this.#count * this.dimensions);
  }
}
