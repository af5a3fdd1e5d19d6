import { defaultRetry, groupParameter } from './defaults.ts';
import type { SweepJob } from './job.ts';

export const auditInvalidations = {
  id: 'audit-invalidations',
  title: 'Restore facts that were retired without reason',
  description:
    'Looks at facts (relations that carry a text) that are marked as no longer valid, in graphs that keep such history as ' +
    'Graphiti does. It finds facts that were retired at the same microsecond as many others, and facts that another one ' +
    'replaced which is about another subject or states another relation, where no newer fact joins the same two ' +
    'entities. A run ends as held: once a person has approved it, it takes the dates of retirement from those facts, unless ' +
    'their dates or their text have changed since. `coppice undo` puts the dates back.',
  workflow: 'auditInvalidations',
  target: 'graph',
  effect: 'changes',
  undo: true,
  validity: true,
  partition: 'group',
  item: { one: 'fact', many: 'facts' },
  partition_cost: 100,
  counts: {
    done: ['restored_facts'],
    undone: ['retired_facts', 'refused'],
    progress: ['restored_facts', 'retired_facts'],
  },
  parameters: {
    batch_size: {
      type: 'integer',
      default: 500,
      minimum: 1,
      maximum: 10_000,
      unit: 'facts',
      description: 'Facts that are restored together.',
    },
    signs: {
      type: 'string',
      default: 'all',
      choices: ['mass_stamp', 'other_subject', 'other_relation'],
      several: true,
      description:
        'Which facts are restored, with a comma between the signs: retired at one microsecond with many others, replaced by a ' +
        'fact about another subject, replaced by another relation of the same subject; `all` of them.',
    },
    max_facts: {
      type: 'integer',
      default: 500_000,
      minimum: 1,
      maximum: 5_000_000,
      unit: 'facts',
      description: 'A larger group is left out, and the survey states it: its dates are held in memory.',
    },
    group: groupParameter,
  },
  schedules: [{ cron: '0 6 * * 0', catch_up_window_seconds: 6 * 3600, enabled: false }],
  // Nothing is restored unless a person approves it.
  brake: { max_share: 0, max_partition_share: 1, max_weekly_share: 1, floor_rows: 1 },
  retry: defaultRetry,
  concurrency: 2,
  priority: 'low',
} as const satisfies SweepJob;
