import { named } from '../../../database/errors.ts';
import type { Db, Tx } from '../../../database/schema.ts';
import type { CollectionMapping } from '../../../domain/mapping.ts';
import { inTransaction } from '../../../stores/postgres/chunks/chunk-table.ts';
import {
  type ChunkRow,
  removeOtherChunks,
  standingDimensions,
  writeChunks,
} from '../../../stores/postgres/chunks/write-chunks.ts';
import { analyzeTables, writeDocuments } from '../../../stores/postgres/refresh/write-documents.ts';
import { type PreparedDocument, vectorOf } from './prepare-document.ts';

/** Writes documents with their chunks into one kind of place. A batch may be written again: it ends the same. */
export interface BatchWriter {
  /** How long the vectors are that stand already; `null` when there are none. */
  dimensions(): Promise<number | null>;
  /** Returns the ids that were written; the others belong to another workspace. Ids of a batch are all different. */
  write(batch: readonly PreparedDocument[], signal?: AbortSignal): Promise<ReadonlySet<string>>;
  /** After many documents: the tables are not what the database takes them for. */
  tidy(): Promise<void>;
}

/** Limit of each statement: a batch takes a fraction of a second, unless it waits for somebody's lock. */
export const statementTimeoutMs = 60_000;
const sliceChunks = 1_000;
const sliceBytes = 4 * 1024 * 1024;

/** Rows, and chunks beside them, in one transaction: no reader ever sees a document with half of its chunks. */
export function tableWriter(db: Db, mapping: CollectionMapping): BatchWriter {
  const place = mapping.vectors.in === 'table' ? mapping.vectors : null;
  return {
    dimensions: async () => (place === null ? null : standingDimensions(db, place)),
    write: (batch, signal) =>
      inTransaction(db, statementTimeoutMs, signal, async (tx: Tx) => {
        const rows = batch.map((document) => document.row);
        // First: it locks the rows, and the chunks' foreign key needs them.
        const written = await writeDocuments(tx, mapping.table, rows);
        if (place === null || written.size === 0) return written;
        const mine = batch.filter((document) => written.has(document.row.id));
        for (const chunks of chunkSlices(mine)) {
          signal?.throwIfAborted();
          await writeChunks(tx, place, chunks);
        }
        const keep = mine.flatMap(({ row, chunks }) => chunks.map(({ id }) => ({ documentId: row.id, id })));
        await removeOtherChunks(tx, place, [...written], keep);
        return written;
      }),
    tidy: () => named(() => analyzeTables(db, [mapping.table, ...(place === null ? [] : [place.table])])),
  };
}

/** The chunks of a batch, embedded as they are needed, so that a long document does not stand in memory as vectors. */
function* chunkSlices(documents: readonly PreparedDocument[]): Generator<ChunkRow[]> {
  let slice: ChunkRow[] = [];
  let bytes = 0;
  for (const { row, chunks } of documents) {
    for (const chunk of chunks) {
      const vector = vectorOf(chunk);
      slice.push({ documentId: row.id, id: chunk.id, text: chunk.text, vector });
      bytes += (chunk.text?.length ?? 0) + vector.length * 12;
      if (slice.length < sliceChunks && bytes < sliceBytes) continue;
      yield slice;
      slice = [];
      bytes = 0;
    }
  }
  if (slice.length > 0) yield slice;
}
