import { createHash } from 'node:crypto';
import { builtInDimensions, embedText } from '../../../language/built-in-embedder.ts';
import { splitText } from '../../../language/split-text.ts';
import type { DocumentRow } from '../../../stores/postgres/refresh/write-documents.ts';
import type { ReadLine } from './document-line.ts';

/** A line that can be loaded: its row, and its chunks as far as they are known. */
export interface PreparedDocument {
  readonly line: number;
  readonly row: DocumentRow;
  readonly chunks: readonly PreparedChunk[];
  /** About how many bytes it takes to write. */
  readonly weightBytes: number;
}

export interface PreparedChunk {
  readonly id: string;
  readonly text: string | null;
  /** `null`: the built-in embedder makes it when it is written, so that a long text does not wait as vectors. */
  readonly vector: readonly number[] | null;
}

export function vectorOf(chunk: PreparedChunk): readonly number[] {
  return chunk.vector ?? embedText(chunk.text ?? '');
}

export function usesEmbedder(document: PreparedDocument): boolean {
  return document.chunks.some((chunk) => chunk.vector === null);
}

export function dimensionsOf(chunk: PreparedChunk): number {
  return chunk.vector?.length ?? builtInDimensions;
}

/** A number in a statement: nine digits, sign, point, exponent, comma. */
const bytesPerComponent = 12;

export function prepareDocument(line: number, read: ReadLine, keepsVectors: boolean): PreparedDocument {
  const content = read.content ?? null;
  const row: DocumentRow = {
    ...{ id: read.id, workspace: read.workspace, url: read.url ?? null, title: read.title ?? null, content },
    contentHash: content === null ? null : createHash('sha256').update(content).digest('hex'),
    quality: read.quality ?? null,
    fetchedAt: read.fetched_at ?? null,
    expiresAt: read.expires_at ?? null,
  };
  const chunks = keepsVectors ? chunksOf(read) : [];
  const components = chunks.reduce((sum, chunk) => sum + dimensionsOf(chunk), 0);
  const characters = chunks.reduce((sum, chunk) => sum + (chunk.text?.length ?? 0), content?.length ?? 0);
  return { line, row, chunks, weightBytes: characters + components * bytesPerComponent };
}

/** An empty list of chunks is the same as none: a row without vectors would never be found. */
function chunksOf(read: ReadLine): PreparedChunk[] {
  if (read.chunks !== null && read.chunks !== undefined && read.chunks.length > 0) {
    return read.chunks.map(({ id, text, vector }) => ({ id, text: text ?? null, vector: vector ?? null }));
  }
  const content = splitText(read.content ?? '');
  // A document without content is still known by its title.
  const texts = content.length > 0 ? content : splitText(read.title ?? '');
  return texts.map((text, at) => ({ id: String(at), text, vector: null }));
}

/** Why its vectors do not fit beside those that stand, or `null`. `expected` is `null` while there are none. */
export function dimensionProblem(document: PreparedDocument, expected: number | null): string | null {
  let wanted = expected;
  for (const chunk of document.chunks) {
    const found = dimensionsOf(chunk);
    wanted ??= found;
    if (found === wanted) continue;
    const where = expected === null ? 'its other chunks have' : 'the vectors already there have';
    return chunk.vector === null
      ? `chunk ${chunk.id} needs a vector: the built-in embedder makes ${found} dimensions, ${where} ${wanted}`
      : `chunk ${chunk.id} has a vector of ${found} dimensions, ${where} ${wanted}`;
  }
  return null;
}
