import { defaultBrake, defaultRetry } from './defaults.ts';
import type { TaskJob } from './job.ts';
import { modelParameters } from './model-parameters.ts';

export const weeklyReport = {
  id: 'weekly-report',
  target: 'none',
  reads: 'queries',
  title: 'Report what users asked',
  description:
    'Writes a report of the last whole days for each user and for the organisation into `knowledge.intelligence_reports`, or the table that `intelligence.tables` names: a ' +
    'summary, insights, trends and recommendations. Every number in a sentence is one of the values that it cites, otherwise ' +
    'the sentence is left out. A report of the same period replaces the former one, which is kept as long as the ledger.',
  workflow: 'weeklyReport',
  partition: null,
  lease_by: 'user',
  parameters: {
    report_type: {
      type: 'string',
      default: 'weekly',
      choices: ['daily', 'weekly', 'monthly'],
      description: '`daily`: 1 day, `weekly`: 7 days, `monthly`: 28 days, so that periods have the same weekdays.',
    },
    scope: {
      type: 'string',
      default: 'all',
      choices: ['all', 'user', 'organisation'],
      description: '`user`: a report for each user. `organisation`: one for all together. `all`: both.',
    },
    user: {
      type: 'string',
      default: null,
      pattern: '^[0-9a-f]{64}$',
      expects: 'the SHA-256 of the name of a user, in hexadecimal digits',
      description:
        'Only the user with this digest: names are kept out of the history of Temporal. `coppice reports generate` takes ' +
        'the name.',
    },
    includes_today: {
      type: 'boolean',
      default: false,
      description: 'The period ends with the current day, as far as it has come, instead of the day before.',
    },
    method: {
      type: 'string',
      default: 'rules',
      choices: ['rules', 'model'],
      description:
        '`model`: the language model of `model.url` changes the wording of sentences. A sentence that would state something ' +
        'else keeps its wording; a report without a usable answer keeps all of it, and is counted as `wording_fallbacks`.',
    },
    model: modelParameters.model,
    max_calls: {
      ...modelParameters.max_calls,
      description: 'Calls of the model that a run may make, one for each report. Further reports keep their wording.',
    },
    max_tokens: {
      ...modelParameters.max_tokens,
      description: 'Tokens that a run may use, of questions and answers. Further reports keep their wording.',
    },
  },
  schedules: [{ cron: '0 6 * * 1', catch_up_window_seconds: 24 * 3600 }],
  brake: defaultBrake,
  retry: defaultRetry,
  concurrency: 1,
} as const satisfies TaskJob;
