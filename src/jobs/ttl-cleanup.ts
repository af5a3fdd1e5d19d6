import { adaptiveBatchSize, defaultBrake, defaultRetry } from './defaults.ts';
import type { SweepJob } from './job.ts';

export const ttlCleanup = {
  id: 'ttl-cleanup',
  title: 'Remove expired documents',
  description:
    'Removes documents that have expired (`expires_at <= now`, or with no `expires_at`, fetched more than ' +
    '`max_age_days` ago), with their chunks and vectors, workspace by workspace. Each removed row is kept whole in the ' +
    'ledger, so that `coppice undo` can put it back. Rows without a workspace are never touched.',
  workflow: 'ttlCleanup',
  target: 'rows',
  effect: 'removes',
  undo: true,
  needs: {
    documents: [],
    memories: [['expires_at', 'fetched_at']],
    attributes: ['expires_at'],
    queries: ['expires_at'],
  },
  partition: 'workspace',
  item: { one: 'document', many: 'documents' },
  counts: {
    done: ['deleted_documents', 'deleted_vectors'],
    undone: ['restored_documents', 'restored_vectors', 'refused'],
    progress: ['deleted_documents', 'restored_documents'],
    logged: ['deleted_documents'],
  },
  parameters: {
    batch_size: adaptiveBatchSize(50),
    max_age_days: {
      type: 'number',
      default: 90,
      minimum: 0,
      maximum: 36_500,
      unit: 'days',
      can_be_off: true,
      description:
        'Documents without an `expires_at` go when they were fetched longer ago than this. On mapped collections it ' +
        'is off unless the mapping sets it.',
    },
  },
  schedules: [{ cron: '0 2 * * *', catch_up_window_seconds: 6 * 3600 }],
  brake: defaultBrake,
  retry: defaultRetry,
  concurrency: 3,
  priority: 'high',
} as const satisfies SweepJob;
