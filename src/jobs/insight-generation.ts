import { defaultBrake, defaultRetry } from './defaults.ts';
import type { TaskJob } from './job.ts';

export const insightGeneration = {
  id: 'insight-generation',
  target: 'none',
  reads: 'queries',
  title: 'Find what changed in the questions of users',
  description:
    'Compares the topics and terms of the last whole days with those of the eight periods before, for each user and for the ' +
    'organisation, and stores what is more than noise in `knowledge.user_insights`, or the table that `intelligence.tables` names: topics that emerge or fade, that recur, ' +
    'and questions that stay unanswered. `knowledge.org_knowledge` holds only what at least `minimum_users` different users ' +
    'share. It reads what `topic-extraction` has stored, and no table of an application but vectors.',
  workflow: 'insightGeneration',
  partition: null,
  parameters: {
    period_days: {
      type: 'integer',
      default: 7,
      minimum: 1,
      maximum: 92,
      unit: 'days',
      description:
        'The length of the period. Periods before it are whole weeks earlier, so that like weekdays are compared.',
    },
    minimum_users: {
      type: 'integer',
      default: 5,
      minimum: 2,
      maximum: 1_000_000,
      unit: 'users',
      description:
        'The least number of different users who share an insight or a phrase that the organisation is told.',
    },
    false_discovery_rate: {
      type: 'number',
      default: 0.05,
      minimum: 0.000001,
      maximum: 0.5,
      description: 'The share of the reported changes that may be chance (Benjamini and Hochberg).',
    },
  },
  schedules: [{ cron: '0 2 * * *', catch_up_window_seconds: 6 * 3600 }],
  brake: defaultBrake,
  retry: defaultRetry,
  concurrency: 1,
} as const satisfies TaskJob;
