import { defaultBrake, defaultRetry, groupParameter } from './defaults.ts';
import type { SweepJob } from './job.ts';
import { modelParameters } from './model-parameters.ts';

export const deduplicateFacts = {
  id: 'deduplicate-facts',
  title: 'Merge duplicate entities and facts of graphs',
  description:
    'Finds entities of one group and one type that are the same thing, and merges them. The one with most edges stays, then ' +
    'the oldest, then the first by id. Edges of the others become its edges, edges that say the same become one, and names, ' +
    'descriptions and properties are united. Facts (relations that carry a text) are merged where they say the same between the same ' +
    'two entities, with the same name and validity; the one from most documents stays. Pairs that are not certain wait for a person (`coppice merges list --state review`); a language model, where one is ' +
    'configured, judges them first, and merges those that are also the nearest of each other. ' +
    'Each merge is in the ledger, so that `coppice undo` can take it apart; such a pair is not merged again.',
  workflow: 'deduplicateFacts',
  target: 'graph',
  effect: 'replaces',
  undo: true,
  merges: true,
  partition: 'group',
  item: { one: 'entity', many: 'entities' },
  row_cost: 20,
  partition_cost: 100,
  counts: {
    done: ['merged_entities', 'merged_facts', 'moved_edges', 'joined_edges', 'related_pairs', 'split_merges'],
    undone: ['unmerged_entities', 'unmerged_facts', 'refused'],
    progress: ['merged_entities', 'unmerged_entities'],
  },
  parameters: {
    batch_size: {
      type: 'integer',
      default: 50,
      minimum: 1,
      maximum: 1_000,
      unit: 'entities',
      description: 'Merges that are made together, where the store can.',
    },
    compare: {
      type: 'string',
      default: 'all',
      choices: ['entities', 'facts'],
      several: true,
      description: 'Kinds of items that are compared, with a comma between them; `all` for each kind.',
    },
    max_error_rate: {
      type: 'number',
      default: 0.01,
      minimum: 0.0001,
      maximum: 0.5,
      description:
        'The share of merges that may be wrong, by the upper bound of its estimate. Pairs below the score at which it is kept ' +
        'are not merged.',
    },
    merge_threshold: {
      type: 'number',
      default: null,
      minimum: 0,
      maximum: 1,
      can_be_off: true,
      description:
        'Two entities with a lower cosine are not merged unless a person or a model accepts it; the pair waits in the review list.',
    },
    judge_threshold: {
      type: 'number',
      default: null,
      minimum: 0,
      maximum: 1,
      can_be_off: true,
      description: 'Two entities with a lower cosine are left alone: no person and no model is asked about them.',
    },
    protected_types: {
      type: 'string',
      default: '',
      description: 'Entities of these types are merged only where a person accepts it; with commas between them.',
    },
    max_entities: {
      type: 'integer',
      default: 200_000,
      minimum: 2,
      maximum: 2_000_000,
      unit: 'entities',
      description: 'A larger group is left out, and the survey states it: its vectors are held in memory.',
    },
    max_edges: {
      type: 'integer',
      default: 2_000,
      minimum: 1,
      maximum: 100_000,
      unit: 'edges',
      description: 'An entity with more edges is not merged into another; the pair waits in the review list.',
    },
    max_bytes: {
      type: 'integer',
      default: 8_388_608,
      minimum: 1_024,
      maximum: 268_435_456,
      unit: 'bytes',
      description: 'The same for a merge of which the ledger would keep more than this.',
    },
    model: modelParameters.model,
    max_calls: modelParameters.max_calls,
    max_tokens: modelParameters.max_tokens,
    reask: modelParameters.reask,
    group: groupParameter,
  },
  schedules: [{ cron: '0 3 * * 0', catch_up_window_seconds: 6 * 3600 }],
  brake: defaultBrake,
  retry: defaultRetry,
  concurrency: 2,
  priority: 'low',
} as const satisfies SweepJob;
