import { type GraphStrategy, withoutItems } from './strategy.ts';

/** `graph-recompute`: computes groups that changed since their results, or all of them. */
export const graphRecomputeStrategy: GraphStrategy = {
  ...withoutItems,
  wants: ({ parameters }, tally, known) => {
    if (parameters.scope === 'all' || known === undefined || known.tally !== tally.digest) return true;
    return known.needs_recompute || (tally.resultsMissing === true && known.recomputed_at instanceof Date);
  },
  recomputes: () => true,
  // A group that was stale stays so: its items are for `group-maintenance`.
  conclude: async () => () => ({ clean: false, collected: false }),
};
