import { describe, expect, it, test } from 'vitest';
import { globalAliases, jobAliases } from '../../src/config/aliases.ts';
import { environment } from '../../src/config/environment.ts';
import { readGlobalAliases, readJobAliases } from '../../src/config/read-aliases.ts';
import { catalogue } from '../../src/jobs/index.ts';
import type { Job } from '../../src/jobs/job.ts';
import { ttlCleanup } from '../../src/jobs/ttl-cleanup.ts';
import { load, problemsOf } from './support.ts';

/** Those that teams bring with them; a name that is changed here is a team that has to change its deployment. */
const brought = [
  ...['BG_JOBS_ENABLED', 'BG_JOBS_MAX_CONCURRENT', 'BG_JOBS_QUEUE_SIZE', 'BG_JOBS_HISTORY_RETENTION'],
  ...['BG_JOBS_SCHEDULER_INTERVAL', 'SCHEDULER_CHECK_INTERVAL_SECONDS'],
  ...['CTX7_TTL_CLEANUP_BATCH_SIZE', 'CTX7_REFRESH_BATCH_SIZE', 'CTX7_REFRESH_THRESHOLD_DAYS'],
  ...['CTX7_MAX_CONCURRENT_WORKSPACE_JOBS', 'JOB_DEDUPLICATE_ENABLED', 'JOB_DEDUPLICATE_CRON'],
  ...['JOB_ARCHIVE_ENABLED', 'JOB_ARCHIVE_CRON', 'SCHEDULER_ENABLED'],
  ...['PROFILE_MAINTENANCE_INTERVAL_MINUTES', 'PROFILE_MAINTENANCE_MODEL'],
];

test('the reference names all of them, once each', () => {
  const named = [...new Set([...globalAliases, ...jobAliases].map(({ variable }) => variable))];
  expect(named.toSorted()).toEqual(brought.toSorted());
  expect(
    environment
      .filter(({ readBy }) => readBy === 'alias')
      .map(({ name }) => name)
      .toSorted(),
  ).toEqual(brought.toSorted());
});

describe('what they set', () => {
  it.each([
    ['BG_JOBS_MAX_CONCURRENT', '7', (of: ReturnType<typeof load>) => of.worker.maxConcurrentActivities, 7],
    ['BG_JOBS_QUEUE_SIZE', '12', (of: ReturnType<typeof load>) => of.runs.queueSize, 12],
    ['BG_JOBS_ENABLED', 'false', (of: ReturnType<typeof load>) => of.schedulesEnabled, false],
    ['BG_JOBS_ENABLED', '1', (of: ReturnType<typeof load>) => of.schedulesEnabled, true],
    [
      'BG_JOBS_HISTORY_RETENTION',
      '14',
      (of: ReturnType<typeof load>) =>
        of.jobs.find(({ job }) => job.id === 'upkeep')?.parameters.history_retention_days,
      14,
    ],
  ])('%s=%s', (variable, text, read, expected) => {
    const file = 'worker: {max_concurrent_activities: 2}\nruns: {queue_size: 3}';
    expect(read(load(file, { [variable]: text }))).toBe(expected);
    expect(read(load(file, { [variable]: '' }))).not.toBe(variable === 'BG_JOBS_ENABLED' ? false : expected);
  });

  it.each([
    ['BG_JOBS_MAX_CONCURRENT', '0'],
    ['BG_JOBS_QUEUE_SIZE', 'many'],
    ['BG_JOBS_ENABLED', 'perhaps'],
    ['BG_JOBS_HISTORY_RETENTION', '3'],
  ])('%s=%s is a problem that is named', (variable, text) => {
    expect(problemsOf('', { [variable]: text })).toEqual([expect.stringContaining(`${variable}: `)]);
  });

  it('without them the defaults are those of the systems they come from', () => {
    const config = load('');
    expect([config.worker.maxConcurrentActivities, config.runs.queueSize, config.schedulesEnabled]).toEqual([
      5,
      100,
      true,
    ]);
    expect(config.notices).toEqual([]);
  });
});

describe('of a job', () => {
  const job: Job = {
    ...ttlCleanup,
    id: 'profile-maintenance',
    parameters: { model: { type: 'string', default: '', description: 'none' } },
    schedules: [{ every_seconds: 3600, catch_up_window_seconds: 60 }],
  };
  const read = (env: Record<string, string>, of: Job = job) => {
    const problems: string[] = [];
    return { values: readJobAliases(of, env, problems), problems };
  };

  it('switch, interval and text are read once the job exists', () => {
    const env = {
      SCHEDULER_ENABLED: 'no',
      PROFILE_MAINTENANCE_INTERVAL_MINUTES: '90',
      PROFILE_MAINTENANCE_MODEL: 'small',
    };
    expect(read(env).values).toEqual({
      enabled: false,
      schedule: { every_seconds: 5400, catch_up_window_seconds: 60 },
      parameters: { model: 'small' },
    });
    expect(read(env, ttlCleanup).values).toEqual({ parameters: {} });
  });

  it('cron is checked', () => {
    const archive = { ...job, id: 'archive-facts' };
    expect(read({ JOB_ARCHIVE_CRON: '5 4 * * *' }, archive).values.schedule).toMatchObject({ cron: '5 4 * * *' });
    expect(read({ JOB_ARCHIVE_CRON: 'at four' }, archive).problems).toEqual([
      expect.stringMatching(/^JOB_ARCHIVE_CRON: must be five-field/),
    ]);
  });

  it('of a job that this version does not have they are left alone, with one line each', () => {
    const older = catalogue.filter(({ id }) => id !== 'archive-facts');
    const { notices } = readGlobalAliases({ JOB_ARCHIVE_CRON: 'whatever', JOB_ARCHIVE_ENABLED: 'true' }, older, []);
    expect(notices).toEqual([
      expect.stringMatching(/^JOB_ARCHIVE_ENABLED is set and changes nothing/),
      expect.stringMatching(/^JOB_ARCHIVE_CRON is set and changes nothing/),
    ]);
  });

  it.each([
    ['deduplicate-facts', 'JOB_DEDUPLICATE'],
    ['archive-facts', 'JOB_ARCHIVE'],
  ])('%s takes its schedule from %s_CRON and %s_ENABLED', (id, prefix) => {
    const { jobs } = load('', { [`${prefix}_CRON`]: '7 4 * * 2', [`${prefix}_ENABLED`]: 'true' });
    expect(jobs.find(({ job }) => job.id === id)?.schedules).toMatchObject([{ cron: '7 4 * * 2', enabled: true }]);
  });

  it('SCHEDULER_ENABLED is about profiles and memories, and about no other job', () => {
    const enabled = (env: Record<string, string>) =>
      load('', env).jobs.flatMap(({ job, schedules }) => {
        const [first] = schedules;
        return first?.enabled === job.schedules[0]?.enabled ? [] : [`${job.id} ${first?.enabled}`];
      });
    expect(enabled({})).toEqual([]);
    expect(enabled({ SCHEDULER_ENABLED: 'false' })).toEqual([
      'memory-decay false',
      'memory-consolidation false',
      'profile-maintenance false',
    ]);
    expect(enabled({ SCHEDULER_ENABLED: 'true' })).toEqual([
      'memory-decay true',
      'memory-consolidation true',
      'profile-maintenance true',
    ]);
  });

  it('of profile maintenance they set its interval and its model', () => {
    const { jobs } = load('', { PROFILE_MAINTENANCE_INTERVAL_MINUTES: '15', PROFILE_MAINTENANCE_MODEL: 'small' });
    const found = jobs.find(({ job }) => job.id === 'profile-maintenance');
    expect(found?.schedules).toMatchObject([{ every_seconds: 900, catch_up_window_seconds: 3_600 }]);
    expect(found?.parameters).toMatchObject({ model: 'small' });
    expect(load('').jobs.find(({ job }) => job.id === 'profile-maintenance')?.schedules).toMatchObject([
      { every_seconds: 3_600 },
    ]);
  });

  it('of polling they are answered with one line each', () => {
    const { notices } = load('', { BG_JOBS_SCHEDULER_INTERVAL: '30', SCHEDULER_CHECK_INTERVAL_SECONDS: '60' });
    expect(notices).toEqual([expect.stringContaining('no polling'), expect.stringContaining('no polling')]);
  });
});

test('a task ignores collections', () => {
  for (const setting of [
    'collections: [documents]',
    'brake: {max_share: 1}',
    'concurrency: 2',
    'ledger: {enabled: false}',
  ]) {
    expect(problemsOf(`jobs: {upkeep: {${setting}}}`)).toEqual([expect.stringContaining('is not a known setting')]);
  }
});

test('the ledger is kept as long as upkeep’s setting, where a job has none', () => {
  const days = (yaml: string) => load(yaml).jobs.find(({ job }) => job.id === 'ttl-cleanup')?.ledger.retentionDays;
  expect(days('jobs: {upkeep: {parameters: {ledger_retention_days: 9}}}')).toBe(9);
  expect(
    days('jobs: {upkeep: {parameters: {ledger_retention_days: 9}}, ttl-cleanup: {ledger: {retention_days: 4}}}'),
  ).toBe(4);
});

test('alerts: a rule is changed, switched off, or misspelt', () => {
  expect(load('alerts: {held_hours: 4, dead_letters: off}').alerts).toMatchObject({
    held_hours: 4,
    dead_letters: null,
    lease_hours: 12,
  });
  expect(problemsOf('alerts: {held_days: 4}')).toEqual(['alerts.held_days: is not a known setting']);
});
