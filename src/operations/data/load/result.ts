import type { LineProblem } from './problem-list.ts';

export interface LoadOptions {
  /** Not needed where one collection can be meant. */
  readonly collection?: string | undefined;
  /** Most documents in one transaction. */
  readonly batchSize?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** After every batch. */
  readonly onProgress?: ((progress: { lines: number; loaded: number }) => void) | undefined;
}

export interface LoadResult {
  readonly collection: string;
  /** Lines that are not empty: those loaded and those that failed. */
  readonly lines: number;
  readonly loaded_documents: number;
  readonly loaded_vectors: number;
  readonly failed_lines: number;
  /** The first hundred. */
  readonly problems: readonly LineProblem[];
  /** Embedder of the vectors that the lines did not bring; `null` where none was needed. */
  readonly embedder: string | null;
}
