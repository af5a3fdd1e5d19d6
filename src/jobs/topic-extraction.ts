import { adaptiveBatchSize, defaultRetry } from './defaults.ts';
import type { SweepJob } from './job.ts';
import { modelParameters } from './model-parameters.ts';

export const topicExtraction = {
  id: 'topic-extraction',
  title: 'Extract topics from questions',
  description:
    'Reads the questions of which nothing was extracted yet, user by user, and stores the phrases of each in ' +
    '`knowledge.topic_extractions`, or the table that `intelligence.tables` names. Topics are groups of questions of one user: by their vectors where the rows have some, ' +
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
    method: {
      type: 'string',
      default: 'keyword',
      choices: ['keyword', 'model'],
      description:
        '`model`: the language model of `model.url` chooses the phrases of each question among its own words. Questions that ' +
        'it gives no usable answer to are extracted by keywords, and counted as `keyword_fallbacks`.',
    },
    model: modelParameters.model,
    max_calls: {
      ...modelParameters.max_calls,
      description: 'Calls of the model that a run may make, of 20 questions each. Then it goes on by keywords.',
    },
    max_tokens: {
      ...modelParameters.max_tokens,
      description: 'Tokens that a run may use, of questions and answers. Then it goes on by keywords.',
    },
  },
  schedules: [{ cron: '0 * * * *', catch_up_window_seconds: 3_600 }],
  // Rows are added, and no share of the collection is too many.
  brake: { max_share: 1, max_partition_share: 1, max_weekly_share: 1, floor_rows: 100 },
  retry: defaultRetry,
  concurrency: 3,
} as const satisfies SweepJob;
