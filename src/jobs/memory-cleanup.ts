import { adaptiveBatchSize, defaultBrake, defaultRetry } from './defaults.ts';
import type { SweepJob } from './job.ts';

export const memoryCleanup = {
  id: 'memory-cleanup',
  title: 'Remove memories of a short tier that are old and have a low score',
  description:
    'Removes memories of tier `tier` that are older than `max_age_days` and whose score is below `max_score`, user by user. ' +
    'A pinned memory is never removed, and neither is one that a remaining memory of the same user links to.',
  workflow: 'memoryCleanup',
  target: 'rows',
  effect: 'removes',
  undo: true,
  needs: { memories: ['tier', 'score', 'created_at'] },
  partition: 'user',
  item: { one: 'memory', many: 'memories' },
  counts: {
    done: ['deleted_memories', 'deleted_vectors'],
    undone: ['restored_memories', 'restored_vectors', 'refused'],
    progress: ['deleted_memories', 'restored_memories'],
  },
  parameters: {
    batch_size: adaptiveBatchSize(50),
    tier: {
      type: 'string',
      default: 'SHORT',
      description: 'Memories of this tier are removed, as the application writes it.',
    },
    max_age_days: {
      type: 'number',
      default: 30,
      minimum: 0,
      maximum: 36_500,
      unit: 'days',
      description: 'Memories that were made longer ago than this.',
    },
    max_score: { type: 'number', default: 0.3, description: 'Memories whose score is below this.' },
    ignore_decay_since: {
      type: 'string',
      default: null,
      pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?Z$',
      expects: 'a UTC instant, such as `2026-12-01T03:00:00Z`',
      description:
        'A score that `memory-decay` has lowered since this instant counts as it was before. `coppice run all` sets it, so ' +
        'that nothing is removed which the same command has just lowered.',
    },
  },
  schedules: [{ cron: '0 5 * * 0', catch_up_window_seconds: 6 * 3600 }],
  brake: defaultBrake,
  retry: defaultRetry,
  concurrency: 3,
} as const satisfies SweepJob;
