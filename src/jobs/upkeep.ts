import { defaultBrake, defaultRetry } from './defaults.ts';
import type { TaskJob } from './job.ts';

export const upkeep = {
  id: 'upkeep',
  target: 'none',
  title: 'Tidy the tables of Coppice',
  description:
    'Deletes what Coppice itself has kept long enough: ledger that no undo may use any more, runs, dead letters and ' +
    'alerts past their retention, holds of deleted rows, leftovers of runs, merges that can no longer be taken apart, and ' +
    'decisions about pairs that do not exist any more (what a person kept apart stays so). Measures drift between stores, and ' +
    'vacuums what it has emptied. Touches no table of an application. A run stays while it is open, while it can be ' +
    'approved, and while the ledger holds something of it.',
  workflow: 'upkeep',
  partition: null,
  parameters: {
    history_retention_days: {
      type: 'number',
      default: 30,
      minimum: 7,
      maximum: 36_500,
      unit: 'days',
      description:
        'How long runs that have ended, dead letters that no run has met again and resolved alerts are kept.',
    },
    ledger_retention_days: {
      type: 'number',
      default: 30,
      minimum: 1,
      maximum: 36_500,
      unit: 'days',
      description:
        'How long the ledger is kept where a job says nothing itself (`jobs.JOB.ledger.retention_days`). Given to a ' +
        'single run it concerns only runs of jobs that this configuration does not know: a ledger that an undo may ' +
        'still use stays.',
    },
  },
  schedules: [{ cron: '30 4 * * *', catch_up_window_seconds: 6 * 3600 }],
  brake: defaultBrake,
  retry: defaultRetry,
  concurrency: 1,
  priority: 'low',
} as const satisfies TaskJob;
