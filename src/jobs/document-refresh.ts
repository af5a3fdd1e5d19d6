import { defaultLeastShare } from '../domain/shrunk.ts';
import { defaultRetry, noBrake } from './defaults.ts';
import type { SweepJob } from './job.ts';

export const documentRefresh = {
  id: 'document-refresh',
  title: 'Refresh documents that are about to expire',
  description:
    'Fetches documents that expire within `threshold_days` again from their source address, where their quality is at ' +
    'least `minimum_quality_score`. Where the text is the same only the dates move; else it is cut into chunks anew, and ' +
    'the new chunks are readable before the old ones are removed. A source that fails, is missing, empty or much shorter changes ' +
    'nothing and is reported. Replaced chunks are not kept: a run cannot be undone.',
  workflow: 'documentRefresh',
  target: 'rows',
  effect: 'replaces',
  undo: false,
  needs: { documents: ['url', 'expires_at'] },
  rewrites: true,
  writes: ['title', 'content', 'content_hash', 'quality', 'fetched_at', 'expires_at'],
  partition: 'workspace',
  item: { one: 'document', many: 'documents' },
  counts: {
    done: [
      'refreshed_documents',
      'unchanged_documents',
      'gone_documents',
      'refused_documents',
      'failed_documents',
      'written_chunks',
      'removed_chunks',
    ],
    undone: [],
    progress: ['refreshed_documents', 'unchanged_documents', 'gone_documents', 'refused_documents', 'failed_documents'],
  },
  makes_vectors: true,
  row_cost: 1_000,
  parameters: {
    batch_size: {
      type: 'integer',
      default: 20,
      minimum: 1,
      maximum: 1_000,
      unit: 'documents',
      description: 'Documents between two looks at the clock. It does not adapt: what takes time is the sources.',
    },
    fetches_at_once: {
      type: 'integer',
      default: 8,
      minimum: 1,
      maximum: 64,
      unit: 'documents',
      description:
        'Documents of one workspace that are fetched and embedded at the same time. How many requests a host gets at ' +
        'once is a matter of `sources`.',
    },
    threshold_days: {
      type: 'number',
      default: 7,
      minimum: 0,
      maximum: 3_650,
      unit: 'days',
      description: 'How long before its end a document is fetched again.',
    },
    minimum_quality_score: {
      type: 'number',
      default: 0.3,
      minimum: 0,
      maximum: 1,
      description: 'Documents with a lower score are left to expire. One without a score is fetched, and gets one.',
    },
    lifetime_days: {
      type: 'number',
      default: 60,
      minimum: 1,
      maximum: 36_500,
      unit: 'days',
      description: 'How long a document lives from when it was fetched, changed or not.',
    },
    least_share: {
      type: 'number',
      default: defaultLeastShare,
      minimum: 0,
      maximum: 1,
      description: 'A text that is shorter than this share of the one it would replace changes nothing.',
    },
  },
  schedules: [{ cron: '0 3 * * 0', catch_up_window_seconds: 24 * 3600 }],
  brake: noBrake,
  retry: defaultRetry,
  concurrency: 3,
} as const satisfies SweepJob;
