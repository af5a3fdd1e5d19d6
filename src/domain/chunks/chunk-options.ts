import type { TokenCounter } from './tokens.ts';

export interface ChunkOptions {
  /** No chunk has more, as `countTokens` counts. */
  readonly maxTokens: number;
  /** At most so much of a chunk's end is said again at the start of the next; 0: nothing. */
  readonly overlapTokens: number;
  readonly countTokens: TokenCounter;
}
