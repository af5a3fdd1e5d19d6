import type { GraphJobId } from '../../jobs/index.ts';
import { archiveFactsStrategy } from './archive-facts.ts';
import { auditInvalidationsStrategy } from './audit-invalidations.ts';
import { deduplicateFactsStrategy } from './deduplicate-facts.ts';
import { graphRecomputeStrategy } from './graph-recompute.ts';
import { groupMaintenanceStrategy } from './group-maintenance.ts';
import type { GraphStrategy } from './strategy.ts';

/** One line for each job on graphs. */
const strategies: Readonly<Record<GraphJobId, GraphStrategy>> = {
  'group-maintenance': groupMaintenanceStrategy,
  'graph-recompute': graphRecomputeStrategy,
  'deduplicate-facts': deduplicateFactsStrategy,
  'archive-facts': archiveFactsStrategy,
  'audit-invalidations': auditInvalidationsStrategy,
};

export function graphStrategyOf(job: string): GraphStrategy {
  if (!isGraphJob(job)) throw new Error(`job ${job} does not work on graphs`);
  return strategies[job];
}

function isGraphJob(job: string): job is GraphJobId {
  return job in strategies;
}
