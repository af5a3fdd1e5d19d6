import type { Embedder } from '../../language/embeddings/port.ts';
import type { Sources } from '../../sources/port.ts';
import type { OneAtATime } from './one-at-a-time.ts';

/** Tools that a refresh needs beside the stores. */
export interface RefreshTools {
  readonly sources: Sources;
  readonly embedder: Embedder;
  /** Whose turn it is to hold a large page. One for the whole process: what is bounded is its memory. */
  readonly largePages: OneAtATime;
}
