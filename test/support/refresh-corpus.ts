import { sql } from 'kysely';
import type { Parts } from '../../src/assemble.ts';
import { loadDocuments } from '../../src/operations/data/load-documents.ts';

export interface RefreshDocument {
  readonly id: string;
  readonly workspace: string;
  readonly url: string | null;
  readonly content: string;
  /** Days until it ends; negative: it has ended. */
  readonly endsInDays: number;
  readonly quality?: number | null;
}

/** A text of several chunks that names its document in each: `word` finds it among all others. */
export function textOf(word: string, version: string, paragraphs = 12): string {
  const sentence = `${word} keeps ${word} in good order, says the ${version} of ${word}, and nothing else does what ${word} can do. `;
  const body = Array.from(
    { length: paragraphs },
    (_, at) => `Paragraph ${at} of ${version}. ${sentence.repeat(6).trim()}`,
  );
  return [`# About ${word}`, ...body].join('\n\n');
}

/** Loaded as `coppice load` loads them, with chunks and vectors of the built-in embedder. */
export async function loadForRefresh(parts: Parts, documents: readonly RefreshDocument[]): Promise<void> {
  const now = Date.now();
  async function* lines() {
    for (const { endsInDays, url, quality = 0.5, ...document } of documents) {
      const expires_at = new Date(now + endsInDays * 86_400_000).toISOString();
      const fetched_at = new Date(now - 86_400_000).toISOString();
      yield JSON.stringify({ ...document, url, quality, expires_at, fetched_at });
    }
  }
  const result = await loadDocuments(parts, lines());
  if (result.problems.length > 0) throw new Error(JSON.stringify(result.problems));
}

export interface StandingRow {
  readonly id: string;
  readonly content: string;
  readonly content_hash: string | null;
  readonly quality: number | null;
  /** Days until it ends, rounded. */
  readonly days: number;
}

export async function rowsOf({ db }: Parts): Promise<Map<string, StandingRow>> {
  const { rows } = await sql<StandingRow>`
    select id, content, content_hash, quality, round(extract(epoch from expires_at - now()) / 86400)::int as days
    from knowledge.documents`.execute(db);
  return new Map(rows.map((row) => [row.id, row]));
}

/** The texts of each document's chunks, as the store that holds them has them. */
export async function chunksOf({ db, collections }: Parts): Promise<Map<string, string[]>> {
  const [own] = collections;
  const found = new Map<string, string[]>();
  const add = (id: string, text: string) => found.set(id, [...(found.get(id) ?? []), text]);
  if (own?.store.mapping.vectors.in === 'table') {
    const { rows } = await sql<{ id: string; text: string }>`
      select document_id as id, text from knowledge.chunks`.execute(db);
    for (const row of rows) add(row.id, row.text);
    return found;
  }
  const { rows } = await sql<{ id: string; workspace: string }>`select id, workspace from knowledge.documents`.execute(
    db,
  );
  for (const [partition, documents] of Map.groupBy(rows, (row) => row.workspace)) {
    const images = await own?.vectors?.fetch({ partition, documentIds: documents.map(({ id }) => id) });
    for (const image of images ?? []) add(image.documentId, String(image.properties.text));
  }
  return found;
}
