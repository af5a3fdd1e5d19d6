import { defaultRetry, groupParameter, noBrake } from './defaults.ts';
import type { SweepJob } from './job.ts';

export const graphRecompute = {
  id: 'graph-recompute',
  title: 'Recompute communities and centrality',
  description:
    'Computes communities and PageRank of groups whose graph has changed since, and writes them next to the old ' +
    'ones; readers see the new ones from one moment to the next. A hash of the graph passes over what has not changed, ' +
    'and communities keep their ids where membership mostly stays. Removes nothing.',
  workflow: 'graphRecompute',
  target: 'graph',
  effect: 'computes',
  undo: false,
  partition: 'group',
  item: { one: 'group', many: 'groups' },
  row_cost: 10,
  partition_cost: 100,
  counts: { done: ['recomputed_groups', 'unchanged_groups'], undone: [], progress: [] },
  parameters: {
    scope: {
      type: 'string',
      default: 'needed',
      choices: ['needed', 'all'],
      description:
        'needed: groups that changed or whose results are missing. all: every group is computed, whatever has changed.',
    },
    algorithm: {
      type: 'string',
      default: 'leiden',
      choices: ['leiden', 'louvain'],
      description: 'How communities are found. In the worker it is always Leiden; Neo4j with GDS has both.',
    },
    resolution: {
      type: 'number',
      default: 1,
      minimum: 0.01,
      maximum: 100,
      description: 'Higher values make smaller communities.',
    },
    max_iterations: {
      type: 'integer',
      default: 20,
      minimum: 1,
      maximum: 1_000,
      unit: 'iterations',
      description: 'Of community detection, at the most.',
    },
    damping: {
      type: 'number',
      default: 0.85,
      minimum: 0,
      maximum: 0.999,
      description: 'Of PageRank: how probably a walk follows an edge.',
    },
    max_rank_iterations: {
      type: 'integer',
      default: 100,
      minimum: 1,
      maximum: 10_000,
      unit: 'iterations',
      description: 'Of PageRank, at the most.',
    },
    tolerance: {
      type: 'number',
      default: 0.000001,
      minimum: 0,
      maximum: 1,
      description: 'PageRank ends when its values move by less than this in all.',
    },
    seed: {
      type: 'integer',
      default: 42,
      minimum: 0,
      maximum: 2_147_483_647,
      description: 'The same seed and graph give the same communities.',
    },
    max_nodes: {
      type: 'integer',
      default: 2_000_000,
      minimum: 1,
      maximum: 100_000_000,
      unit: 'entities',
      description: 'A larger group is refused, before it fills the memory.',
    },
    max_edges: {
      type: 'integer',
      default: 20_000_000,
      minimum: 1,
      maximum: 1_000_000_000,
      unit: 'relations',
      description: 'The same for its relations.',
    },
    group: groupParameter,
  },
  schedules: [{ cron: '0 2 * * *', catch_up_window_seconds: 6 * 3600 }],
  brake: noBrake,
  retry: defaultRetry,
  concurrency: 1,
  priority: 'low',
} as const satisfies SweepJob;
