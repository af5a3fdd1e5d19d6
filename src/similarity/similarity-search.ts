import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { CosineTask, Pairs } from './cosine-task.ts';
import type { LexicalTask } from './lexical.ts';
import { PackedVectors } from './packed-vectors.ts';
import { mergeNeighbours, type Neighbours } from './top-k.ts';

const IDLE_TIMEOUT_MS = 30_000;
const defaultMaxPostings = 5_000;

export interface SearchOptions {
  readonly signal?: AbortSignal;
}

export interface SimilaritySearch {
  /** Makes room for vectors of one group; rows that are never set have no neighbours. */
  vectors(count: number, dimensions: number): PackedVectors;
  /**
   * Finds for each row the k rows of highest cosine, exactly, among those that reach the floor. With `rows` only so many of the
   * first rows are looked at, each among all.
   */
  cosineNeighbours(
    vectors: PackedVectors,
    wanted: { readonly k: number; readonly floor: number; readonly rows?: number },
    options?: SearchOptions,
  ): Promise<Neighbours>;
  /** Finds all pairs whose cosine reaches the floor, in the order of their rows. */
  cosinePairs(
    vectors: PackedVectors,
    wanted: { readonly floor: number; readonly maxPairs: number },
    options?: SearchOptions,
  ): Promise<Pairs>;
  /** Finds for each text the k texts that share most of its rare character trigrams. */
  lexicalNeighbours(
    texts: readonly string[],
    wanted: { readonly k: number; readonly maxPostings?: number },
    options?: SearchOptions,
  ): Promise<Neighbours>;
  /** Ends all threads; searches that still run are rejected. */
  close(): Promise<void>;
}

/**
 * Searches on threads of its own, so that the caller's event loop stays free. An abort ends the threads of a search at
 * once. Results do not depend on the number of threads.
 */
export function createSimilaritySearch({ threads }: { readonly threads: number }): SimilaritySearch {
  const pool = new Piscina({
    filename: fileURLToPath(new URL(`./similarity-child${extname(import.meta.url)}`, import.meta.url)),
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: IDLE_TIMEOUT_MS,
  });

  async function run<Found>(task: CosineTask | LexicalTask, signal?: AbortSignal): Promise<Found> {
    try {
      const found: Found = await pool.run(task, { signal: signal ?? null });
      return found;
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  }

  function runOnAll<Found>(
    { layout }: PackedVectors,
    wanted: Pick<CosineTask, 'floor' | 'rows' | 'wanted'>,
    signal?: AbortSignal,
  ): Promise<Found[]> {
    const tasks = Array.from({ length: layout.threads }, (_, thread): CosineTask => {
      return { kind: 'cosine', layout, thread, ...wanted };
    });
    return Promise.all(tasks.map((task) => run<Found>(task, signal)));
  }

  return {
    vectors: (count, dimensions) => new PackedVectors({ count, dimensions, threads }),
    async cosineNeighbours(vectors, { k, floor, rows = vectors.layout.count }, { signal } = {}) {
      const parts = await runOnAll<Neighbours>(vectors, { floor, rows, wanted: { neighbours: k } }, signal);
      return mergeNeighbours(rows, parts);
    },
    async cosinePairs(vectors, { floor, maxPairs }, { signal } = {}) {
      return inOrder(await runOnAll<Pairs>(vectors, { floor, wanted: { maxPairs } }, signal), maxPairs);
    },
    lexicalNeighbours: (texts, { k, maxPostings = defaultMaxPostings }, { signal } = {}) =>
      run<Neighbours>({ kind: 'lexical', texts, k, maxPostings }, signal),
    close: () => pool.destroy(),
  };
}

function inOrder(parts: readonly Pairs[], maxPairs: number): Pairs {
  const places = parts.flatMap((part, of) =>
    Array.from(part.rows, (row, at) => ({ row, column: part.columns[at] ?? 0, score: part.scores[at] ?? 0, of })),
  );
  places.sort((one, other) => one.row - other.row || one.column - other.column);
  const kept = places.slice(0, maxPairs);
  return {
    rows: Int32Array.from(kept, ({ row }) => row),
    columns: Int32Array.from(kept, ({ column }) => column),
    scores: Float32Array.from(kept, ({ score }) => score),
    complete: parts.every(({ complete }) => complete) && places.length <= maxPairs,
  };
}
