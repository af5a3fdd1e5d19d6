import type { RowStore } from '../stores/ports/row-store.ts';
import type { VectorStore } from '../stores/ports/vector-store.ts';

export interface CollectionStores {
  readonly store: RowStore;
  /** Where chunks with vectors are written and read; `null` where a row holds its own, or there are none. */
  readonly vectors: VectorStore | null;
}
