import { createHash } from 'node:crypto';
import { applyMerges, finishMerges, mergeOrder } from './merging/apply-merges.ts';
import { findMerges } from './merging/find-merges.ts';
import { restoreMerges } from './merging/split.ts';
import type { GraphStrategy } from './strategy.ts';

/** `deduplicate-facts`: merges entities that are one, and facts that say the same. */
export const deduplicateFactsStrategy: GraphStrategy = {
  order: mergeOrder,
  alone: true,
  reads: 'merging',
  // Names and texts may have changed in a group that holds as many items as before.
  wants: (_terms, tally) => tally.entities > 1,
  rowsOf: ({ entities, relations }) => entities + relations,
  fingerprint: ({ mapping: { merging } }) =>
    createHash('sha256').update(JSON.stringify(merging)).digest('hex').slice(0, 8),
  find: findMerges,
  apply: applyMerges,
  recover: finishMerges,
  restore: restoreMerges,
  recomputes: () => false,
  // A group that was stale stays so: its items are for `group-maintenance`.
  conclude: async () => () => ({ clean: false, collected: false }),
};
