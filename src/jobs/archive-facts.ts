import { defaultBrake, defaultRetry, groupParameter } from './defaults.ts';
import type { SweepJob } from './job.ts';

export const archiveFacts = {
  id: 'archive-facts',
  title: 'Archive facts that are past their time to live',
  description:
    'Moves facts (relations that carry a text) out of a graph once they have not been written or used for `ttl_days`, so that ' +
    'no retrieval finds them. The ledger is their archive: no retention applies to it, and only `coppice forget` deletes from ' +
    'it. Where the mapping names `relations.archived_at`, the job sets that property instead and leaves the facts where they are; where it names `relations.archive_table`, the job moves them to that table. ' +
    '`coppice undo` puts the facts back, however long ago they were archived. Nothing is archived until a time to live is set. ' +
    'A fact does not expire because another one superseded it.',
  workflow: 'archiveFacts',
  target: 'graph',
  effect: 'removes',
  undo: true,
  facts: true,
  archives: true,
  partition: 'group',
  item: { one: 'fact', many: 'facts' },
  partition_cost: 100,
  counts: {
    done: ['archived_facts'],
    undone: ['restored_edges', 'refused'],
    progress: ['archived_facts', 'restored_edges'],
  },
  parameters: {
    batch_size: {
      type: 'integer',
      default: 500,
      minimum: 1,
      maximum: 10_000,
      unit: 'facts',
      description: 'Facts that are archived together.',
    },
    ttl_days: {
      type: 'number',
      default: null,
      minimum: 1,
      maximum: 36_500,
      can_be_off: true,
      unit: 'days',
      description:
        'How long a fact stays after it was written, or last used where the mapping knows (`relations.accessed_at`).',
    },
    ttl_days_by_name: {
      type: 'string',
      default: '',
      pattern: '^\\s*([^=,]+=\\s*(\\d+(\\.\\d+)?|off)\\s*(,\\s*|$))*$',
      expects: 'names of relations with days or `off`, such as `LIKES=365, BORN_IN=off`',
      description: 'The same for relations of a name (`relations.name`), with commas between them.',
    },
    group: groupParameter,
  },
  schedules: [{ cron: '0 5 1 * *', catch_up_window_seconds: 6 * 3600 }],
  brake: defaultBrake,
  retry: defaultRetry,
  concurrency: 3,
  priority: 'low',
} as const satisfies SweepJob;
