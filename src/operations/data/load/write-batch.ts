import { setTimeout as sleep } from 'node:timers/promises';
import { StoreError } from '../../../domain/store-errors.ts';
import type { BatchWriter } from './batch-writer.ts';
import { type PreparedDocument, usesEmbedder } from './prepare-document.ts';
import type { ProblemList } from './problem-list.ts';

export interface Written {
  readonly documents: number;
  readonly vectors: number;
  /** Whether the built-in embedder made any of them. */
  readonly embedded: boolean;
}

const none: Written = { documents: 0, vectors: 0, embedded: false };
const retryDelaysMs = [200, 1_000, 3_000];

/** Codes that concern the data: SQLSTATE classes (no value of that kind, a constraint, a limit) and those of Neo4j. */
const aboutData = /^(22|23|54|Neo\.ClientError\.(Statement|Schema)\.)/;

/**
 * Writes a batch; its bad documents become problems. A document that a store refuses without naming it is found by
 * halving: an unforeseen value must not keep five hundred good documents out.
 */
export async function writeBatch(
  writer: BatchWriter,
  batch: readonly PreparedDocument[],
  problems: ProblemList,
  signal?: AbortSignal,
): Promise<Written> {
  try {
    const written = await withRetries(() => writer.write(batch, signal), signal);
    const loaded = batch.filter((document) => written.has(document.row.id));
    for (const document of batch) {
      if (written.has(document.row.id)) continue;
      problems.add(document.line, 'its id exists in another workspace already: the document was not written');
    }
    return {
      documents: loaded.length,
      vectors: loaded.reduce((sum, document) => sum + document.chunks.length, 0),
      embedded: loaded.some(usesEmbedder),
    };
  } catch (error) {
    if (!speaksOfData(error)) throw error;
    const [first, ...others] = batch;
    if (first !== undefined && others.length === 0) {
      problems.add(first.line, error.storeText ?? error.message);
      return none;
    }
    const middle = Math.ceil(batch.length / 2);
    const left = await writeBatch(writer, batch.slice(0, middle), problems, signal);
    return sum(left, await writeBatch(writer, batch.slice(middle), problems, signal));
  }
}

export function sum(a: Written, b: Written): Written {
  return {
    documents: a.documents + b.documents,
    vectors: a.vectors + b.vectors,
    embedded: a.embedded || b.embedded,
  };
}

export const nothingWritten = none;

/** A refusal without a code is an adapter's own check of the objects it was given. */
export function speaksOfData(error: unknown): error is StoreError {
  return (
    error instanceof StoreError &&
    error.name === 'StoreRefusedError' &&
    !error.wholeStore &&
    (error.code === null || aboutData.test(error.code))
  );
}

/** A batch may be written again whatever became of the first attempt, even one whose answer was lost. */
async function withRetries<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  for (const delayMs of retryDelaysMs) {
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof StoreError) || error.name === 'StoreRefusedError') throw error;
      await sleep(delayMs, undefined, { signal });
    }
  }
  return work();
}
