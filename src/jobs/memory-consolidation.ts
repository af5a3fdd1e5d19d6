import { defaultBrake, defaultRetry } from './defaults.ts';
import type { SweepJob } from './job.ts';
import { modelParameters } from './model-parameters.ts';

export const memoryConsolidation = {
  id: 'memory-consolidation',
  title: 'Merge memories that say the same in other words',
  description:
    'Memories of one user that are among the nearest of each other by vector, and of which one contains every word of the ' +
    'other, become one. Rules merge those that differ in case, punctuation and articles alone; a language model, where one is ' +
    'configured, judges the others, and without one they are kept for a person (`coppice proposals list`). The memory that ' +
    'stays receives the access counts, the links, the latest access and the latest expiry. It keeps its text and its vector, unless ' +
    'the model has united two texts and the endpoint of embeddings is the one that made the stored vectors. ' +
    'A merge after which a search for the removed memory would find another one first is not made, and is not proposed again.',
  workflow: 'memoryConsolidation',
  target: 'rows',
  effect: 'removes',
  undo: true,
  needs: { memories: ['content'] },
  writes: ['access_count', 'links', 'last_accessed_at', 'expires_at'],
  partition: 'user',
  item: { one: 'memory', many: 'memories' },
  counts: {
    done: ['deleted_memories', 'deleted_vectors', 'reverted_clusters'],
    undone: ['restored_memories', 'restored_vectors', 'unmerged_memories', 'refused'],
    progress: ['deleted_memories', 'restored_memories', 'unmerged_memories'],
  },
  lease_by: 'bot_id',
  parameters: {
    bot_id: {
      type: 'string',
      default: '*',
      description:
        'Only memories of this bot; `*`: of all bots. Runs for different bots have leases of their own and do not wait for ' +
        'one another.',
    },
    ...modelParameters,
  },
  schedules: [{ cron: '0 5 * * *', catch_up_window_seconds: 6 * 3600 }],
  brake: defaultBrake,
  retry: defaultRetry,
  concurrency: 3,
} as const satisfies SweepJob;
