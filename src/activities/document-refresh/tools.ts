import type { Embedder } from '../../language/embeddings/port.ts';
import type { Sources } from '../../sources/port.ts';

/** What a refresh needs besides the stores. */
export interface RefreshTools {
  readonly sources: Sources;
  readonly embedder: Embedder;
}
