import { named } from '../../../database/errors.ts';
import type { Db } from '../../../database/schema.ts';
import type { CollectionMapping, WeaviateClass } from '../../../domain/mapping.ts';
import { StoreError } from '../../../domain/store-errors.ts';
import type { VectorImage } from '../../../domain/vector-image.ts';
import { firstObjects, type VectorStore } from '../../../stores/ports/vector-store.ts';
import { inTransaction } from '../../../stores/postgres/chunks/chunk-table.ts';
import { analyzeTables, ofOtherWorkspaces, writeDocuments } from '../../../stores/postgres/refresh/write-documents.ts';
import { slices } from '../../../stores/slices.ts';
import { chunkUuid } from '../../../stores/weaviate/chunk-uuid.ts';
import { type BatchWriter, statementTimeoutMs } from './batch-writer.ts';
import { type PreparedChunk, type PreparedDocument, vectorOf } from './prepare-document.ts';

const putObjects = 1_000;
const probedObjects = 10;

/**
 * Rows in PostgreSQL, vectors in Weaviate. New vectors come first, then the rows, then old vectors go: whenever it is
 * interrupted, no row stands without its vectors, and the same batch written again completes it.
 */
export function weaviateWriter(
  db: Db,
  mapping: CollectionMapping,
  place: WeaviateClass,
  vectors: VectorStore,
): BatchWriter {
  return {
    dimensions: () => standing(vectors),
    async write(batch, signal) {
      const rows = batch.map((document) => document.row);
      const transaction = <T>(work: Parameters<typeof inTransaction<T>>[3]) =>
        inTransaction(db, statementTimeoutMs, signal, work);
      const foreign = await transaction((tx) => ofOtherWorkspaces(tx, mapping.table, rows));
      const mine = batch.filter((document) => !foreign.has(document.row.id));
      if (mine.length === 0) return new Set();

      const partitions = [...Map.groupBy(mine, (document) => document.row.workspace)];
      const before = new Map<string, VectorImage[]>();
      for (const [partition, documents] of partitions) {
        before.set(
          partition,
          await vectors.fetch({ partition, documentIds: documents.map(({ row }) => row.id) }, signal),
        );
        for (const part of slices(documents.flatMap(chunksOf), putObjects)) {
          await vectors.put(
            partition,
            part.map((one) => imageOf(place, one.document, one.chunk)),
            signal,
          );
        }
      }
      const written = await transaction((tx) =>
        writeDocuments(
          tx,
          mapping.table,
          mine.map((document) => document.row),
        ),
      );
      for (const [partition, documents] of partitions) {
        await removeSurplus(vectors, partition, before.get(partition) ?? [], documents, written, signal);
      }
      return written;
    },
    tidy: () => named(() => analyzeTables(db, [mapping.table])),
  };
}

interface DocumentChunk {
  readonly document: PreparedDocument;
  readonly chunk: PreparedChunk;
}

function chunksOf(document: PreparedDocument): DocumentChunk[] {
  return document.chunks.map((chunk) => ({ document, chunk }));
}

/**
 * Deletes former chunks that are none any more, and all chunks of a document whose id another partition took meanwhile.
 */
async function removeSurplus(
  vectors: VectorStore,
  partition: string,
  before: readonly VectorImage[],
  documents: readonly PreparedDocument[],
  written: ReadonlySet<string>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const kept = new Set(documents.flatMap(chunksOf).map(({ document, chunk }) => chunkUuid(document.row.id, chunk.id)));
  const lost = documents.map((document) => document.row.id).filter((id) => !written.has(id));
  const surplus = [
    ...before.filter((image) => written.has(image.documentId) && !kept.has(image.id)),
    ...(lost.length === 0 ? [] : await vectors.fetch({ partition, documentIds: lost }, signal)),
  ];
  if (surplus.length === 0) return;
  const { changed } = await vectors.remove(partition, surplus, signal);
  if (changed.length === 0) return;
  // Somebody writes the same documents: reading them anew settles it.
  throw new StoreError('WeaviateError', `${changed.length} old chunks were written while their documents were loaded`);
}

function imageOf(place: WeaviateClass, { row }: PreparedDocument, chunk: PreparedChunk): VectorImage {
  return {
    id: chunkUuid(row.id, chunk.id),
    documentId: row.id,
    properties: {
      [place.document]: row.id,
      ...(place.workspace === null ? {} : { [place.workspace]: row.workspace }),
      ...(place.chunk === null ? {} : { [place.chunk]: chunk.id }),
      ...(chunk.text === null ? {} : { [place.text]: chunk.text }),
    },
    vectors: { default: vectorOf(chunk).map(Math.fround) },
    revision: null,
  };
}

/** The port has no question for it: look at an object that stands. */
async function standing(vectors: VectorStore): Promise<number | null> {
  for (const { documentId, partition } of await firstObjects(vectors, probedObjects)) {
    if (documentId === '' || partition === '') continue;
    // Where the class keeps no workspace, any name reads the document.
    const images = await vectors.fetch({ partition: partition ?? 'any', documentIds: [documentId] });
    const found = images.find((image) => image.vectors.default !== undefined)?.vectors.default;
    if (found !== undefined) return found.length;
  }
  return null;
}
