import { adaptiveBatchSize, defaultRetry } from './defaults.ts';
import type { SweepJob } from './job.ts';

export const topicExtraction = {
  id: 'topic-extraction',
  title: 'Extract topics from questions',
  description:
    'Reads the questions of which nothing was extracted yet, user by user, and stores the phrases of each in ' +
    '`knowledge.topic_extractions`. Topics are groups of questions of one user: by their vectors where the rows have some, ' +
    'else by phrases that occur together. A topic keeps its id as long as most of its questions stay together. The job ' +
    'changes no row of an application; an undo deletes what a run has stored.',
  workflow: 'topicExtraction',
  target: 'rows',
  effect: 'adds',
  undo: true,
  needs: { queries: ['question', 'asked_at'] },
  partition: 'user',
  item: { one: 'question', many: 'questions' },
  counts: {
    done: ['extracted_queries', 'new_topics', 'gone_topics', 'grown_topics', 'split_topics', 'merged_topics'],
    undone: ['deleted_extractions', 'refused'],
    progress: ['extracted_queries', 'deleted_extractions'],
  },
  parameters: {
    batch_size: adaptiveBatchSize(1_000),
  },
  schedules: [{ cron: '0 * * * *', catch_up_window_seconds: 3_600 }],
  // Rows are added, and no share of the collection is too many.
  brake: { max_share: 1, max_partition_share: 1, max_weekly_share: 1, floor_rows: 100 },
  retry: defaultRetry,
  concurrency: 3,
} as const satisfies SweepJob;
