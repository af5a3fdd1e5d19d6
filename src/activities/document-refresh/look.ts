import type { LookOutcome } from '../../database/schema.ts';
import { deadline } from '../../deadline.ts';
import { chunkText } from '../../domain/chunks/chunk-text.ts';
import { quality } from '../../domain/quality.ts';
import { longEnough, shrunk } from '../../domain/shrunk.ts';
import { StoreError } from '../../domain/store-errors.ts';
import { EmbeddingError } from '../../language/embeddings/errors.ts';
import { SourceError } from '../../sources/errors.ts';
import type { PageAnswer, SourceAnswer } from '../../sources/port.ts';
import type { KnownSource } from '../../state/ledger/sources.ts';
import type { NewChunk, Replacement, StandingDocument } from '../../stores/ports/refresh-table.ts';
import { EndpointRefusedError } from '../sweep/errors.ts';
import type { RefreshSettings } from './settings.ts';
import type { RefreshTools } from './tools.ts';

/** Result of a look at a document's source. Nothing has been written yet. */
export type Looked = LeftAlone | ToWrite;

export interface LeftAlone {
  readonly kind: 'left';
  readonly id: string;
  readonly outcome: LookOutcome;
  readonly reason: string;
}

export interface ToWrite {
  readonly kind: 'write';
  readonly replacement: Replacement;
  /** Validators for the next conditional request. */
  readonly known: KnownSource;
}

export interface LookDeps {
  readonly tools: RefreshTools;
  readonly settings: RefreshSettings;
  readonly keepsChunks: boolean;
  /** The text that stands. */
  content(id: string): Promise<string | null>;
}

export interface Wanted {
  readonly document: StandingDocument;
  /** Of the last look; absent at the first. */
  readonly known: KnownSource | undefined;
}

/** However long a host makes its visitors wait: an activity must end. */
const longestLookMs = 300_000;

/**
 * Fetches a document again, and where its text is another one, cuts and embeds it. `large`: its page has more than
 * `mostBytes`, and nothing of it is held any more.
 */
export async function look(
  deps: LookDeps,
  { document, known }: Wanted,
  mostBytes: number | undefined,
  signal: AbortSignal,
): Promise<Looked | 'large'> {
  const { id, url } = document;
  const validators = usable(document, known);
  const limit = deadline(signal, longestLookMs);
  let answer: SourceAnswer;
  try {
    const request = { url, etag: validators?.etag ?? null, lastModified: validators?.lastModified ?? null };
    const limited = mostBytes === undefined ? request : { ...request, mostBytes };
    answer = await deps.tools.sources.fetch(limited, limit.signal);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof SourceError) return failed(id, error.name, error.message);
    if (limit.passed) return failed(id, 'TimeoutError', 'its turn at the host did not come in time');
    throw error;
  } finally {
    limit.end();
  }
  switch (answer.kind) {
    case 'large':
      return 'large';
    case 'unchanged':
      return unchanged(deps, document, { ...answer, url, contentHash: validators?.contentHash ?? null });
    case 'gone':
      return { kind: 'left', id, outcome: 'gone', reason: answer.message };
    case 'refused':
      return { kind: 'left', id, outcome: 'refused', reason: `${answer.name}: ${answer.message}` };
    case 'later':
      return failed(id, 'ConnectionError', answer.message);
    case 'page':
      return page(deps, document, answer, signal);
  }
}

/**
 * Validators stand for the text that came with them. Where the row says something else by now, or its address is another
 * one, "not modified" would be an answer to a question that nobody asks.
 */
function usable({ url, hash }: StandingDocument, known: KnownSource | undefined): KnownSource | null {
  if (known === undefined || known.url !== url) return null;
  return hash === null || hash === known.contentHash ? known : null;
}

async function page(
  deps: LookDeps,
  document: StandingDocument,
  answer: PageAnswer,
  signal: AbortSignal,
): Promise<Looked> {
  const { id, version, url } = document;
  const { text, title, contentHash: hash, etag, lastModified } = answer;
  const known = { url, etag, lastModified, contentHash: hash };
  if (document.hash === hash) return unchanged(deps, document, known);
  const { leastShare } = deps.settings;
  const reason = longEnough(document.bytes, text, leastShare) ? null : shrunk(await deps.content(id), text, leastShare);
  if (reason !== null) return { kind: 'left', id, outcome: 'refused', reason: `shrunk: ${reason}` };
  const chunks = deps.keepsChunks ? await chunksOf(deps.tools, text, signal) : null;
  if (typeof chunks === 'string') return { kind: 'left', id, outcome: 'refused', reason: chunks };
  const { lifetimeDays } = deps.settings;
  const score = quality({ text, title, linkShare: answer.linkShare });
  return {
    kind: 'write',
    known,
    replacement: { id, version, lifetimeDays, page: { title, text, hash, quality: score, chunks } },
  };
}

function unchanged({ settings }: LookDeps, { id, version }: StandingDocument, known: KnownSource): ToWrite {
  const { url, etag, lastModified, contentHash } = known;
  return {
    kind: 'write',
    known: { url, etag, lastModified, contentHash },
    replacement: { id, version, lifetimeDays: settings.lifetimeDays, page: null },
  };
}

/** The chunks with their vectors, or why the endpoint will not have them. */
async function chunksOf({ embedder }: RefreshTools, text: string, signal: AbortSignal): Promise<NewChunk[] | string> {
  const texts = chunkText(text).map((chunk) => chunk.text);
  if (!embedder.makesVectors) return texts.map((one) => ({ text: one, vector: null }));
  try {
    const vectors = await embedder.embed(texts, signal);
    return texts.map((one, at) => ({ text: one, vector: vectors[at] ?? null }));
  } catch (error) {
    if (error instanceof EmbeddingError && error.name === 'TextRefusedError') return `text_refused: ${error.message}`;
    throw ofEndpoint(error);
  }
}

/**
 * An endpoint that is down is as good as a store that is down: the run waits for it, and no document is at fault. An
 * endpoint that refuses every text ends the run.
 */
export function ofEndpoint(error: unknown): unknown {
  if (!(error instanceof EmbeddingError)) return error;
  if (error.name === 'EmbeddingRefusedError') {
    const advice = 'correct the section embeddings of the configuration; `coppice doctor` makes the same check';
    return new EndpointRefusedError(`${error.message}; ${advice}`);
  }
  if (error.name === 'ConnectionError') return new StoreError('ConnectionError', error.message);
  return error.name === 'TimeoutError' ? new StoreError('TimeoutError', error.message) : error;
}

function failed(id: string, name: string, message: string): LeftAlone {
  return { kind: 'left', id, outcome: 'failed', reason: `${name}: ${message}` };
}
