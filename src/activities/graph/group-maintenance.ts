import { recordFailure } from '../../state/graphs/graph-groups.ts';
import { collectBatch } from './collect.ts';
import { finishIntents } from './collect-outside.ts';
import { findDue, groupsWithLeftovers } from './find-due.ts';
import { ruleOf } from './rule.ts';
import type { GraphStrategy } from './strategy.ts';

const order = ['relation', 'mention', 'entity', 'vector'] as const;

/** `group-maintenance`: collects stale items, then recomputes as its parameters say. */
export const groupMaintenanceStrategy: GraphStrategy = {
  order,
  wants: ({ parameters: { recompute } }, tally, known) => {
    if (known === undefined || known.tally !== tally.digest || known.stale_since !== null) return true;
    return recompute === 'always' || (recompute === 'needed' && known.needs_recompute);
  },
  find: findDue,
  apply: (store, work, size) => collectBatch(store, order, work, size),
  recover: (store, work) => finishIntents(store, { rule: ruleOf(work.terms) }, work),
  recomputes: ({ parameters: { recompute } }, group) =>
    recompute === 'always' || (recompute === 'needed' && group?.needs_recompute !== false),
  conclude: async (store, work) => {
    const left = await groupsWithLeftovers(store, work);
    return (group) => ({ clean: !left.has(group), collected: true });
  },
  gaveUp: recordFailure,
};
