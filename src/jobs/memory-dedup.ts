import { adaptiveBatchSize, defaultBrake, defaultRetry } from './defaults.ts';
import type { SweepJob } from './job.ts';

export const memoryDedup = {
  id: 'memory-dedup',
  title: 'Merge copies of memories',
  description:
    'Memories of one user with the same content hash and the same text, or without a hash with the same text but for white ' +
    'space, become one. The pinned memory stays, else the one with the highest score, the oldest, the first by id. It ' +
    'receives the access counts, the links, the latest access and the latest expiry of the copies in the transaction that removes them, and ' +
    'links of other memories to a removed copy lead to it from then on. Copies of different users, bots or conversations stay.',
  workflow: 'memoryDedup',
  target: 'rows',
  effect: 'removes',
  undo: true,
  needs: { memories: ['content'] },
  writes: ['access_count', 'links', 'last_accessed_at', 'expires_at'],
  partition: 'user',
  item: { one: 'memory', many: 'memories' },
  counts: {
    done: ['deleted_memories', 'deleted_vectors'],
    undone: ['restored_memories', 'restored_vectors', 'unmerged_memories', 'refused'],
    progress: ['deleted_memories', 'restored_memories', 'unmerged_memories'],
  },
  parameters: {
    batch_size: adaptiveBatchSize(2_000),
  },
  schedules: [{ cron: '0 4 * * 0', catch_up_window_seconds: 6 * 3600 }],
  brake: defaultBrake,
  retry: defaultRetry,
  concurrency: 3,
} as const satisfies SweepJob;
