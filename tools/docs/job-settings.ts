import type { Config } from '../../src/config/config.ts';
import { isSweep } from '../../src/jobs/facts.ts';
import type { SettingTexts } from './setting-text.ts';

const job = (read: (settings: Config['jobs'][number]) => unknown) => (config: Config) => {
  const sweeps = config.jobs.filter((one) => isSweep(one.job));
  const values = new Set(sweeps.map((one) => JSON.stringify(read(one))));
  return values.size === 1 ? [...values].join('') : 'see jobs.md';
};

/** The settings of a job. */
export const jobSettings: SettingTexts = {
  'jobs.*.priority': {
    meaning: '`high`, `medium` or `low`: whose work comes first when workers are busy. A priority key of Temporal.',
    default: job(({ priority }) => priority),
  },
  'jobs.*.collections': { meaning: 'The collections that the job works on, by name.', default: 'all collections' },
  'jobs.*.parameters': { meaning: 'Parameters of the job: [jobs.md](jobs.md).', default: 'see [jobs.md](jobs.md)' },
  'jobs.*.schedules': {
    meaning: 'Replaces the schedules of the catalogue. An empty list: none.',
    default: 'see [jobs.md](jobs.md)',
  },
  'jobs.*.schedules[].name': {
    meaning: "Ends the schedule's id: `JOB-NAME`. One schedule of a job may go without and is called like the job.",
    default: 'none',
  },
  'jobs.*.schedules[].cron': {
    meaning:
      'Five fields in UTC, in the grammar of Temporal: numbers, names, lists, ranges and steps. Where day of month and day of week are both given, both must match: `0 2 1-7 * MON` is the first Monday. `coppice config show` prints the next three times.',
  },
  'jobs.*.schedules[].every_seconds': { meaning: 'An interval.' },
  'jobs.*.schedules[].every_minutes': { meaning: 'The same in minutes.' },
  'jobs.*.schedules[].every_hours': { meaning: 'The same in hours.' },
  'jobs.*.schedules[].every_days': { meaning: 'The same in days of 24 hours.' },
  'jobs.*.schedules[].once': { meaning: 'One point in time.' },
  'jobs.*.schedules[].parameters': { meaning: 'Parameters of the runs that this schedule starts.', default: 'none' },
  'jobs.*.schedules[].catch_up_window_seconds': {
    meaning: 'How late a missed start may still happen.',
    default: '3600',
  },
  'jobs.*.schedules[].enabled': {
    meaning: 'As `enabled` of the job, for this schedule.',
    default: '`enabled` of the job',
  },
  'jobs.*.enabled': {
    meaning:
      '`true`: schedules are created running. `false`: created paused. Only at creation: afterwards a pause is a ' +
      'matter of `coppice schedules pause` and `resume`.',
    default: 'running, but paused where a job removes from a mapped table',
  },
  'jobs.*.brake.max_share': {
    meaning: 'Share of a collection that one run may remove.',
    default: job((one) => one.brake.max_share),
  },
  'jobs.*.brake.max_partition_share': {
    meaning: 'The same of one partition.',
    default: job((one) => one.brake.max_partition_share),
  },
  'jobs.*.brake.max_weekly_share': {
    meaning: 'Share removed within seven rolling days, this run included.',
    default: job((one) => one.brake.max_weekly_share),
  },
  'jobs.*.brake.floor_rows': {
    meaning: 'Runs that concern fewer rows than this are never held by a share limit.',
    default: job((one) => one.brake.floor_rows),
  },
  'jobs.*.retry.max_retries': {
    meaning: 'How often a partition that fails is tried again.',
    default: job((one) => one.retry.max_retries),
  },
  'jobs.*.retry.retry_delay_seconds': {
    meaning: 'Pause before the first retry.',
    default: job((one) => one.retry.retry_delay_seconds),
  },
  'jobs.*.retry.retry_backoff_multiplier': {
    meaning: 'Each pause is so many times the one before.',
    default: job((one) => one.retry.retry_backoff_multiplier),
  },
  'jobs.*.retry.retry_max_delay_seconds': {
    meaning: 'Longest pause.',
    default: job((one) => one.retry.retry_max_delay_seconds),
  },
  'jobs.*.retry.retry_on_errors': {
    meaning: 'Names of errors that are tried again. Any other error is final at once.',
    default: 'see [jobs.md](jobs.md)',
  },
  'jobs.*.concurrency': { meaning: 'Packs of partitions worked on at once.', default: job((one) => one.concurrency) },
  'jobs.*.ledger.enabled': {
    meaning: '`false`: what runs remove is gone for good: there is no undo.',
    default: job((one) => one.ledger.enabled),
  },
  'jobs.*.ledger.retention_days': {
    meaning: 'How long a run can be undone.',
    default: job((one) => one.ledger.retentionDays),
  },
  'jobs.*.ledger.max_bytes': {
    meaning: 'A run that would make the ledger larger is held.',
    default: job((one) => one.ledger.maxBytes),
  },
};
