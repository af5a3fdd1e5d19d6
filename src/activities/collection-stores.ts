import type { DocumentStore } from '../stores/ports/document-store.ts';
import type { VectorStore } from '../stores/ports/vector-store.ts';

export interface CollectionStores {
  readonly store: DocumentStore;
  /** Where chunks with vectors are written and read; `null` where a row holds its own, or there are none. */
  readonly vectors: VectorStore | null;
}
