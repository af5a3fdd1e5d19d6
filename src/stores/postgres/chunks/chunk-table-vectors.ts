import { sql } from 'kysely';
import { z } from 'zod';
import type { Db, Tx } from '../../../database/schema.ts';
import type { CollectionMapping } from '../../../domain/mapping.ts';
import { EmptyScopeError, StoreError } from '../../../domain/store-errors.ts';
import type { VectorImage } from '../../../domain/vector-image.ts';
import type { VectorStore } from '../../ports/vector-store.ts';
import { slices } from '../../slices.ts';
import { ensureDefaultSchema } from '../schema/default-schema.ts';
import { type ChunkShape, inTransaction, readShape, requireImages, requireParents } from './chunk-table.ts';
import { fetchChunks, pageChunks } from './chunk-table-read.ts';
import { mergeChunks, removeChunks, requireFit, restoreChunks } from './chunk-table-write.ts';

const BATCH_CHUNKS = 1_000;
const BATCH_DOCUMENTS = 500;
const DEFAULT_TIMEOUT_MS = 30_000;
const pageMark = z.tuple([z.string(), z.string()]);

export interface ChunkTableOptions {
  /** Limit of each single statement. */
  readonly timeoutMs?: number;
}

/**
 * A chunk table of the documents' own database behind the same port as a store of vectors elsewhere. Each call is one
 * transaction: it happens whole or not at all. A signal is heeded between statements; the time limit ends one that runs.
 */
export function createChunkTableVectors(
  db: Db,
  mapping: CollectionMapping,
  options: ChunkTableOptions = {},
): VectorStore {
  const place = mapping.vectors;
  if (place.in !== 'table') {
    throw new StoreError('StoreRefusedError', `collection ${mapping.name} keeps no chunk table`);
  }
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const work = <T>(signal: AbortSignal | undefined, act: (tx: Tx, shape: ChunkShape) => Promise<T>) =>
    inTransaction(db, timeoutMs, signal, async (tx) => act(tx, await readShape(tx, mapping, place)));

  const write = async <T>(
    partition: string,
    images: readonly VectorImage[],
    signal: AbortSignal | undefined,
    act: (tx: Tx, shape: ChunkShape, batch: readonly VectorImage[]) => Promise<T>,
    check?: (tx: Tx, shape: ChunkShape) => Promise<void>,
  ) => {
    requireImages(place, partition, images);
    return work(signal, async (tx, shape) => {
      await requireParents(tx, shape, partition, images, check !== undefined);
      await check?.(tx, shape);
      const results: T[] = [];
      for (const batch of slices(images, BATCH_CHUNKS)) {
        signal?.throwIfAborted();
        results.push(await act(tx, shape, batch));
      }
      return results;
    });
  };

  return {
    description: `chunk table ${place.table.schema}.${place.table.name}`,
    async probe(signal) {
      await work(signal, (tx) => sql`select 1`.execute(tx));
    },
    async ensure() {
      await inTransaction(db, timeoutMs, undefined, async (tx) => {
        // `if not exists` alone fails when two processes create the same thing at once.
        await sql`select pg_advisory_xact_lock(hashtextextended('coppice default schema', 0))`.execute(tx);
        await ensureDefaultSchema(tx, mapping);
      });
    },
    async fetch({ partition, documentIds }, signal) {
      if (partition === '') throw new EmptyScopeError('the partition');
      if (documentIds.length === 0) throw new EmptyScopeError('the list of documents');
      return work(signal, async (tx, shape) => {
        const found: VectorImage[] = [];
        for (const batch of slices([...new Set(documentIds)], BATCH_DOCUMENTS)) {
          signal?.throwIfAborted();
          for (const image of await fetchChunks(tx, shape, { partition, documentIds: batch })) found.push(image);
        }
        return found;
      });
    },
    async put(partition, images, signal) {
      const fit = (tx: Tx, shape: ChunkShape) => requireFit(tx, shape, images);
      await write(partition, images, signal, mergeChunks, fit);
    },
    async restore(partition, images, signal) {
      const fit = (tx: Tx, shape: ChunkShape) => requireFit(tx, shape, images);
      const done = await write(partition, images, signal, restoreChunks, fit);
      return {
        inserted: done.flatMap((each) => each.inserted),
        superseded: done.flatMap((each) => each.superseded),
      };
    },
    async remove(partition, images, signal) {
      const done = await write(partition, images, signal, (tx, shape, batch) =>
        removeChunks(tx, shape, partition, batch),
      );
      return { changed: done.flatMap((each) => each.changed) };
    },
    async *pages(limit, signal) {
      for (let after: readonly [string, string] | null = null; ; ) {
        const mark: readonly [string, string] | null = after;
        const page = await work(signal, (tx, shape) => pageChunks(tx, shape, mark, limit));
        yield page;
        const last = page.at(-1);
        if (page.length < limit || last === undefined) return;
        after = pageMark.parse(JSON.parse(last.id));
      }
    },
    // The pool of connections belongs to the caller.
    close: async () => {},
  };
}
