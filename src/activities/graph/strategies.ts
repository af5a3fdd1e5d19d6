import { graphRecomputeStrategy } from './graph-recompute.ts';
import { groupMaintenanceStrategy } from './group-maintenance.ts';
import type { GraphStrategy } from './strategy.ts';

/** One line for each job on graphs. */
const strategies: Readonly<Record<string, GraphStrategy>> = {
  'graph-recompute': graphRecomputeStrategy,
  'group-maintenance': groupMaintenanceStrategy,
};

export function graphStrategyOf(job: string): GraphStrategy {
  const strategy = strategies[job];
  if (strategy === undefined) {
    throw new Error(`job '${job}' has no strategy for graphs: add it in activities/graph/strategies.ts`);
  }
  return strategy;
}
