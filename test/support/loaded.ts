import { sql } from 'kysely';
import type { Parts } from '../../src/assemble.ts';
import { embedText } from '../../src/language/built-in-embedder.ts';
import { firstObjects } from '../../src/stores/ports/vector-store.ts';

/** Objects become lines of JSON; texts stand as they are. */
export async function* lines(...values: (object | string)[]): AsyncGenerator<string> {
  for (const value of values) yield typeof value === 'string' ? value : JSON.stringify(value);
}

export const chunk = (id: string, text: string, vector: readonly number[] = embedText(text)) => ({ id, text, vector });

interface StoredChunk {
  readonly document: string;
  readonly id: string;
  readonly text: string | null;
  readonly vector: readonly number[];
}

export async function storedRows({ db }: Parts): Promise<Record<string, unknown>[]> {
  const { rows } = await sql<
    Record<string, unknown>
  >`select * from knowledge.documents order by id collate "C"`.execute(db);
  return rows;
}

/** Through the port, so that it asks both kinds of place the same question. */
export async function storedChunks({ db, collections }: Parts): Promise<StoredChunk[]> {
  const [{ vectors } = { vectors: null }] = collections;
  const { rows } = await sql<{ id: string; workspace: string }>`select id, workspace from knowledge.documents
    where workspace is not null`.execute(db);
  const found: StoredChunk[] = [];
  for (const [partition, documents] of Map.groupBy(rows, (row) => row.workspace)) {
    const images = await vectors?.fetch({ partition, documentIds: documents.map((row) => row.id) });
    for (const { documentId, properties, vectors: named } of images ?? []) {
      const { id, chunk_id = id, text = null } = properties;
      const words = text === null ? null : String(text);
      found.push({ document: documentId, id: String(chunk_id), text: words, vector: named.default ?? [] });
    }
  }
  const key = (one: StoredChunk) => `${one.document} ${one.id}`;
  return found.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

export async function objectsInAll({ collections }: Parts): Promise<number> {
  const vectors = collections[0]?.vectors;
  return vectors === null || vectors === undefined ? 0 : (await firstObjects(vectors, 1_000)).length;
}
