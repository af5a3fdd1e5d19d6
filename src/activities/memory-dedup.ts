import type { RowStore } from '../stores/ports/row-store.ts';
import type { VectorStore } from '../stores/ports/vector-store.ts';
import { documentSweepable } from './document-sweepable.ts';
import { memoryCounts } from './remover.ts';
import type { Sweepable } from './sweep/sweepable.ts';

/** Memories of one collection as `memory-dedup` sweeps them. */
export function memoryDedupSweepable(store: RowStore, vectors: VectorStore | null): Sweepable {
  const counts = { ...memoryCounts, unmerged: 'unmerged_memories' };
  return documentSweepable(store, vectors, (_mapping, { cutoff }) => ({ kind: 'dedup', cutoff }), counts);
}
