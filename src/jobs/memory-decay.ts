import { adaptiveBatchSize, defaultRetry } from './defaults.ts';
import type { SweepJob } from './job.ts';

export const memoryDecay = {
  id: 'memory-decay',
  title: 'Lower the scores of memories that are not accessed',
  description:
    'A memory that was not used for `grace_days` loses `daily_decay` of its score per day, user by user. The score follows ' +
    'in closed form from a base that Coppice keeps, so that a second run on the same day changes nothing and missed days ' +
    'are made up; where the application changed the score or used the memory, a new base starts. A memory that Coppice sees ' +
    'for the first time loses one day. Pinned memories stay as they are. Nothing is removed. The former scores of the ' +
    'latest run are kept, so that `coppice undo` can write them back.',
  workflow: 'memoryDecay',
  target: 'rows',
  effect: 'changes',
  undo: true,
  needs: { memories: ['score', 'last_accessed_at'] },
  writes: ['score'],
  partition: 'user',
  item: { one: 'memory', many: 'memories' },
  counts: {
    done: ['decayed_memories'],
    undone: ['restored_memories', 'refused'],
    progress: ['decayed_memories', 'restored_memories'],
  },
  lease_by: 'bot_id',
  parameters: {
    batch_size: adaptiveBatchSize(1_000),
    grace_days: {
      type: 'number',
      default: 7,
      minimum: 0,
      maximum: 36_500,
      unit: 'days',
      description:
        'How long a memory keeps its score after it was last used. A last use exactly so long ago is the first day.',
    },
    daily_decay: {
      type: 'number',
      default: 0.05,
      minimum: 0,
      maximum: 1,
      description: 'The share of its score that a memory loses per day of 24 hours.',
    },
    half_life_days: {
      type: 'number',
      default: null,
      minimum: 0.01,
      maximum: 36_500,
      unit: 'days',
      can_be_off: true,
      description: 'Instead of `daily_decay`: after so many days half of the score is left.',
    },
    minimum_score: { type: 'number', default: 0, minimum: 0, description: 'No score is lowered below it.' },
    importance_floor: {
      type: 'number',
      default: 0,
      minimum: 0,
      maximum: 1,
      description: 'No score is lowered below this share of its base.',
    },
    write: {
      type: 'string',
      default: 'all',
      pattern: '^(all|[0-9.]+(,[0-9.]+)*)$',
      expects: '`all`, or thresholds with commas between them, such as `0.5,0.2`',
      description:
        '`all` writes every lower score. With thresholds, such as `0.5,0.2`, a score is written only where it falls below ' +
        'one of them: a million memories then cost a scan and few writes.',
    },
    bot_id: {
      type: 'string',
      default: '*',
      description:
        'Memories of this bot; `*`: of all bots. Runs for different bots have leases of their own and do not wait for one ' +
        'another.',
    },
  },
  schedules: [{ cron: '0 3 * * *', catch_up_window_seconds: 6 * 3600 }],
  brake: { max_share: 0.25, max_partition_share: 1, max_weekly_share: 1, floor_rows: 100 },
  retry: defaultRetry,
  concurrency: 3,
} as const satisfies SweepJob;
