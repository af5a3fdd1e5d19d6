import type { CollectionMapping } from '../../domain/mapping.ts';
import type { VectorImage } from '../../domain/vector-image.ts';
import type { NewChunk } from '../ports/refresh-table.ts';
import { firstObjects, type VectorStore } from '../ports/vector-store.ts';
import { chunkUuid } from './chunk-uuid.ts';
import { namedVectors } from './image.ts';

/** How a refresh works with the objects of a mapped class; `null` where vectors are not in Weaviate. */
export function outsideVectors({ vectors: place }: CollectionMapping, store: VectorStore | null) {
  if (place.in !== 'weaviate' || store === null) return null;
  const images = (of: {
    readonly partition: string;
    readonly documentId: string;
    readonly hash: string;
    readonly chunks: readonly NewChunk[];
  }): VectorImage[] =>
    of.chunks.map(({ text, vector }, at) => ({
      // Named after the text: written again it is the same object, and never one of another text.
      id: chunkUuid(of.documentId, `${of.hash}:${at}`),
      documentId: of.documentId,
      properties: {
        [place.document]: of.documentId,
        ...(place.workspace === null ? {} : { [place.workspace]: of.partition }),
        ...(place.chunk === null ? {} : { [place.chunk]: `${of.hash.slice(0, 16)}-${at}` }),
        [place.text]: text,
      },
      vectors: namedVectors(vector),
      revision: null,
    }));
  return { store, place, images, dimensions: (signal: AbortSignal) => standingDimensions(store, signal) };
}

const probedObjects = 10;

/** Of an object that stands; `null` while there is none with a vector. */
async function standingDimensions(store: VectorStore, signal: AbortSignal): Promise<number | null> {
  const objects = await firstObjects(store, probedObjects, signal);
  const named = objects.flatMap(
    (
      { documentId, partition }, // Where the class keeps no workspace, any name reads the document.
    ) => (documentId === '' || partition === '' ? [] : [{ documentId, partition: partition ?? 'any' }]),
  );
  for (const { documentId, partition } of named) {
    const images = await store.fetch({ partition, documentIds: [documentId] }, signal);
    const vector = images.flatMap((image) => Object.values(image.vectors)).at(0);
    if (vector !== undefined) return vector.length;
  }
  return null;
}
