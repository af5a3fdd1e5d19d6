import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Parts } from '../../src/assemble.ts';
import { chunkUuid } from '../../src/stores/weaviate/chunk-uuid.ts';

export interface SeedDocument {
  readonly id: string;
  readonly workspace: string;
  readonly expired: boolean;
}

/** Names that have broken something somewhere. */
const awkwardNames = [
  'plain',
  'with space',
  "o'clock",
  'double "quotes"',
  'new\nline',
  'tab\tand\\backslash',
  '文档',
  'документы',
  'مستندات',
  '100%',
  '*',
  "'; drop table documents; --",
  'emoji 🌳',
  ' leading and trailing ',
];

/** Workspaces by number, the awkward ones first. */
export function workspaceName(index: number): string {
  return awkwardNames[index] ?? `workspace ${index}`;
}

/** Writes documents with two chunks each, straight into the stores. */
export async function seed(parts: Parts, documents: readonly SeedDocument[]): Promise<void> {
  const [{ vectors, store } = { vectors: null, store: null }] = parts.collections;
  const rows = documents.map(({ id, workspace, expired }) => ({ id, workspace, expired }));
  await sql`insert into knowledge.documents (id, workspace, title, content, quality, fetched_at, expires_at)
    select d.id, d.workspace, 'title of ' || d.id, 'text of ' || d.id, 0.5, now() - interval '3 days',
      case when d.expired then now() - interval '1 day' else now() + interval '30 days' end
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as d (id text, workspace text, expired boolean)`.execute(
    parts.db,
  );
  if (store?.mapping.vectors.in === 'table') {
    await sql`insert into knowledge.chunks (id, document_id, text, embedding)
      select c::text, d.id, 'chunk ' || c, ('[' || c || ',0.25,' || length(d.id) || ']')::vector
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as d (id text), generate_series(1, 2) c`.execute(
      parts.db,
    );
    return;
  }
  for (const [workspace, own] of Map.groupBy(documents, (one) => one.workspace)) {
    for (let at = 0; at < own.length; at += 500) {
      await vectors?.put(
        workspace,
        own.slice(at, at + 500).flatMap((one) => chunksOf(one)),
      );
    }
  }
}

function chunksOf({ id, workspace }: SeedDocument) {
  return ['1', '2'].map((chunk) => ({
    id: chunkUuid(id, chunk),
    documentId: id,
    properties: { document_id: id, workspace, chunk_id: chunk, text: `chunk ${chunk}` },
    vectors: { default: [Number(chunk), 0.25, Math.fround(id.length / 7)] },
    revision: null,
  }));
}

/** Everything the stores hold, by workspace: rows, chunks and vectors as one digest each, and the ids. */
export interface Contents {
  readonly digests: ReadonlyMap<string, string>;
  /** The same by document. */
  readonly byDocument: ReadonlyMap<string, string>;
  readonly documents: readonly string[];
  /** Chunks counted by the store that holds them. */
  readonly vectors: number;
  /** Chunks whose document does not exist, and documents that do not have two. */
  readonly strays: readonly string[];
}

export async function contentsOf(parts: Parts): Promise<Contents> {
  const { rows } = await sql<{ id: string; workspace: string; text: string }>`
    select id, workspace, d::text as text from knowledge.documents d order by id collate "C"`.execute(parts.db);
  const chunks = await chunksIn(parts);
  const hashes = new Map<string, ReturnType<typeof createHash>>();
  const byDocument = new Map<string, string>();
  const strays: string[] = [];
  for (const row of rows) {
    const own = chunks.get(row.id) ?? [];
    if (own.length !== 2) strays.push(row.id);
    const hash = hashes.get(row.workspace) ?? createHash('sha256');
    const text = row.text + own.toSorted().join('|');
    byDocument.set(row.id, createHash('sha256').update(text).digest('hex'));
    hash.update(text);
    hashes.set(row.workspace, hash);
  }
  const known = new Set(rows.map((row) => row.id));
  strays.push(...[...chunks.keys()].filter((id) => !known.has(id)));
  return {
    digests: new Map([...hashes].map(([workspace, hash]) => [workspace, hash.digest('hex')])),
    byDocument,
    documents: rows.map((row) => row.id),
    vectors: [...chunks.values()].reduce((sum, own) => sum + own.length, 0),
    strays,
  };
}

/** Chunks as text, vectors included, by document. */
async function chunksIn(parts: Parts): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  const add = (document: string, text: string) => found.set(document, [...(found.get(document) ?? []), text]);
  const [own] = parts.collections;
  if (own === undefined || own.vectors === null) return found;
  if (own.store.mapping.vectors.in === 'table') {
    const { rows } = await sql<{ document_id: string; text: string }>`
      select document_id, c::text as text from knowledge.chunks c`.execute(parts.db);
    for (const row of rows) add(row.document_id, row.text);
    return found;
  }
  const byPartition = new Map<string, Set<string>>();
  const listed = new Map<string, string>();
  for await (const page of own.vectors.pages(1000)) {
    for (const one of page) {
      const partition = one.partition ?? '';
      listed.set(one.id, one.documentId);
      byPartition.set(partition, (byPartition.get(partition) ?? new Set()).add(one.documentId));
    }
  }
  for (const [partition, ids] of byPartition) {
    for (const image of await own.vectors.fetch({ partition, documentIds: [...ids] })) {
      add(image.documentId, JSON.stringify([image.id, image.properties, image.vectors]));
      listed.delete(image.id);
    }
  }
  for (const [id, document] of listed) add(document, `listed, but found by no filter: ${id}`);
  return found;
}
