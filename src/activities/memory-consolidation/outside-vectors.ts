import pLimit from 'p-limit';
import type { CollectionMapping } from '../../domain/mapping.ts';
import type { VectorImage } from '../../domain/vector-image.ts';
import type { MemoryTable } from '../../stores/ports/memory-table.ts';
import type { VectorStore } from '../../stores/ports/vector-store.ts';

/** Memories whose objects are in the worker at once, whole. */
const memoriesAtOnce = 500;
/** Users whose objects are read at once: the store serves an application, too. */
const usersAtOnce = 2;

/** Memories whose vectors are in another store, as if their rows had them: those of one user are read by their ids. */
export function withOutsideVectors(
  memories: MemoryTable,
  { vectors: place }: CollectionMapping,
  vectors: VectorStore,
): MemoryTable {
  const limit = pLimit(usersAtOnce);
  const chunk = place.in === 'weaviate' ? place.chunk : null;
  const vectorsOf = async (partition: string, ids: readonly string[], signal?: AbortSignal) => {
    const found = new Map<string, Float32Array>();
    for (let at = 0; at < ids.length; at += memoriesAtOnce) {
      const documentIds = ids.slice(at, at + memoriesAtOnce);
      const images = await vectors.fetch({ partition, documentIds }, signal);
      for (const [id, own] of Map.groupBy(images, ({ documentId }) => documentId)) {
        const vector = firstVector(own, chunk);
        if (vector !== null) found.set(id, vector);
      }
    }
    return found;
  };
  return {
    ...memories,
    read: async (db, user, terms, most, signal) => {
      const rows = await memories.read(db, user, terms, most);
      const ids = rows.map(({ id }) => id);
      const found = await limit(() => vectorsOf(user, ids, signal));
      return rows.map((row) => ({ ...row, vector: found.get(row.id) ?? null }));
    },
  };
}

/**
 * The vector of a memory: of several objects, that of the first chunk. Of several vectors of an object only the one named
 * `default` is known to be the one that a search compares.
 */
function firstVector(images: readonly VectorImage[], chunk: string | null): Float32Array | null {
  const key = ({ id, properties }: VectorImage) => String((chunk === null ? null : properties[chunk]) ?? id);
  const [first] = images.toSorted((a, b) => key(a).localeCompare(key(b), 'en', { numeric: true }));
  const { default: unnamed, ...named } = first?.vectors ?? {};
  const [only, more] = Object.values(named);
  const vector = unnamed ?? (more === undefined ? only : undefined);
  return vector === undefined ? null : Float32Array.from(vector);
}
