import type { WeaviateClass } from '../../domain/mapping.ts';
import { EmptyScopeError } from '../../domain/store-errors.ts';
import type { VectorStore } from '../ports/vector-store.ts';
import { openForWriting, openPartition, requireImages, requirePartition, type WeaviateContext } from './context.ts';
import { ensureClass } from './ensure.ts';
import { fetchImages } from './fetch.ts';
import { createWeaviateHttp, type WeaviateAddress } from './http.ts';
import { listPages } from './page.ts';
import { putImages } from './put.ts';
import { removeImages } from './remove.ts';
import { restoreImages } from './restore.ts';
import { readSchema, requireNames } from './schema.ts';

export interface WeaviateVectorsOptions extends WeaviateAddress {
  readonly mapping: WeaviateClass;
  /** Length every vector must have; without it, the length of an object that stands. */
  readonly dimensions?: number | undefined;
}

/** Connects to nothing: the first call does, and each one anew, so a server that comes back is used at once. */
export async function createWeaviateVectors(options: WeaviateVectorsOptions): Promise<VectorStore> {
  const { mapping, timeoutMs } = options;
  requireNames(mapping);
  const http = createWeaviateHttp(options);
  const context: WeaviateContext = { http, mapping, timeoutMs, dimensions: options.dimensions ?? null };

  return {
    description: `weaviate class ${mapping.class} at ${http.where.replace('weaviate at ', '')}`,
    async probe(signal) {
      await http.call('GET', '/.well-known/ready', { signal });
      // Readiness needs no key; this does.
      await readSchema(http, mapping.class, signal);
    },
    ensure: () => ensureClass(context),
    async fetch(scope, signal) {
      requirePartition(scope.partition);
      if (scope.documentIds.length === 0) throw new EmptyScopeError('the list of documents');
      const open = await openPartition(context, scope.partition, signal);
      return open === null ? [] : fetchImages(open, scope, signal);
    },
    async put(partition, images, signal) {
      requireImages(mapping, partition, images);
      await putImages(await openForWriting(context, partition, signal), images, signal);
    },
    async restore(partition, images, signal) {
      requireImages(mapping, partition, images);
      return restoreImages(await openForWriting(context, partition, signal), images, signal);
    },
    async remove(partition, images, signal) {
      requireImages(mapping, partition, images);
      const open = await openPartition(context, partition, signal);
      return open === null ? { changed: [] } : removeImages(open, images, signal);
    },
    pages: (limit, signal) => listPages(context, limit, signal),
    // Sockets belong to the process's own `fetch` pool, which lets idle ones go.
    close: async () => {},
  };
}
