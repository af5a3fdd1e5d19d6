import type { CollectionMapping } from '../domain/mapping.ts';
import type { CleanupRule } from '../domain/rules/cleanup.ts';
import { memoryCleanup } from '../jobs/memory-cleanup.ts';
import type { RowStore } from '../stores/ports/row-store.ts';
import type { VectorStore } from '../stores/ports/vector-store.ts';
import { documentSweepable } from './document-sweepable.ts';
import { memoryCounts } from './remover.ts';
import type { Sweepable, SweepTerms } from './sweep/sweepable.ts';

/** Memories of one collection as `memory-cleanup` sweeps them. */
export function memoryCleanupSweepable(store: RowStore, vectors: VectorStore | null): Sweepable {
  return documentSweepable(store, vectors, cleanupRule, memoryCounts);
}

function cleanupRule(_mapping: CollectionMapping, { cutoff, parameters, respectHolds }: SweepTerms): CleanupRule {
  const { tier, max_age_days: days, max_score: score, ignore_decay_since: since } = parameters;
  const defaults = memoryCleanup.parameters;
  return {
    kind: 'cleanup',
    cutoff,
    tier: typeof tier === 'string' ? tier : defaults.tier.default,
    maxAgeDays: typeof days === 'number' ? days : defaults.max_age_days.default,
    maxScore: typeof score === 'number' ? score : defaults.max_score.default,
    ignoreDecaySince: typeof since === 'string' ? new Date(since) : null,
    basesKnown: respectHolds,
  };
}
