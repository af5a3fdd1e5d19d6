import { defaultBrake, defaultRetry, groupParameter } from './defaults.ts';
import type { SweepJob } from './job.ts';

export const groupMaintenance = {
  id: 'group-maintenance',
  title: 'Collect what is stale in groups, then recompute',
  description:
    'Finds the groups of a graph that have become stale and collects in each, one after the other, edges and mentions ' +
    'whose end or source document is gone or deprecated (`stale-edges`), entities that nothing mentions or joins any ' +
    'more (`orphan-entities`) and vectors of deleted or deprecated items (`deprecated-vectors`). Then communities and centrality are ' +
    'computed anew where the group changed. A relation that another document of the group supports stays; every other group is ' +
    'left as it is. Each removed item is kept whole in the ledger, so that `coppice undo` can put it back.',
  workflow: 'groupMaintenance',
  target: 'graph',
  effect: 'removes',
  undo: true,
  partition: 'group',
  item: { one: 'item', many: 'items' },
  partition_cost: 100,
  counts: {
    done: ['deleted_entities', 'deleted_edges', 'deleted_vectors', 'recomputed_groups'],
    undone: ['restored_entities', 'restored_edges', 'restored_vectors', 'refused'],
    progress: ['deleted_entities', 'deleted_edges', 'restored_entities', 'restored_edges'],
  },
  parameters: {
    batch_size: {
      type: 'integer',
      default: 500,
      minimum: 1,
      maximum: 10_000,
      unit: 'items',
      description: 'Edges, entities or vectors that go together.',
    },
    collectors: {
      type: 'string',
      default: 'all',
      choices: ['stale-edges', 'orphan-entities', 'deprecated-vectors'],
      several: true,
      description: 'Which collectors work, with commas between them, always in this order; `all` of them.',
    },
    grace_days: {
      type: 'number',
      default: 1,
      minimum: 0,
      maximum: 3_650,
      unit: 'days',
      description:
        'How long what is stale is kept, from when it was deprecated; from when it was written where no such date is ' +
        'known (a deleted document, an orphaned entity).',
    },
    recompute: {
      type: 'string',
      default: 'needed',
      choices: ['needed', 'always', 'never'],
      description:
        'Whether communities and centrality follow: where the group changed, in any case, or not at all (then ' +
        '`graph-recompute` does it). Its parameters are those of `graph-recompute`.',
    },
    debounce_seconds: {
      type: 'number',
      default: 30,
      minimum: 0,
      maximum: 3_600,
      unit: 'seconds',
      description: 'After a deprecation that asks for maintenance: so long nothing more may come before it begins.',
    },
    longest_wait_seconds: {
      type: 'number',
      default: 300,
      minimum: 0,
      maximum: 86_400,
      unit: 'seconds',
      description: 'It begins then at the latest, whatever still comes.',
    },
    group: groupParameter,
  },
  schedules: [{ cron: '0 * * * *', catch_up_window_seconds: 1800 }],
  brake: defaultBrake,
  retry: defaultRetry,
  concurrency: 3,
} as const satisfies SweepJob;
