import { describe, expect, it, test } from 'vitest';
import { type AlertRule, type AlertSettings, defaultAlerts } from '../../src/domain/alert-settings.ts';
import { alertRules, type Facts, judge } from '../../src/domain/alerts.ts';

const now = new Date('2026-05-01T12:00:00Z');
const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
const quiet: Facts = {
  now,
  failedChecks: [],
  schedules: [],
  pausedSchedules: [],
  pausedRuns: [],
  unjudged: [],
  heldRuns: [],
  deadLetters: [],
  leases: [],
  stuckTasks: [],
  waiting: [],
  ledger: { bytes: 0, budget: 100 },
  drift: [],
  staleGroups: { count: 0, hours: 24 },
  groupFailures: [],
  orphans: { lastWeek: 0, weekBefore: 0, least: 50 },
};
const schedule = { id: 's', job: 'j', intervalMs: 3_600_000, lastGood: ago(60), lateMs: 0, skippedStarts: 0 };
const hour = 60;

/** Just below each threshold, and just above it. */
const cases: Readonly<Record<AlertRule, readonly [below: Partial<Facts>, above: Partial<Facts>]>> = {
  failed_checks: [{}, { failedChecks: [{ name: 'temporal', message: 'no answer' }] }],
  success_intervals: [
    { schedules: [{ ...schedule, lastGood: ago(3 * hour) }] },
    { schedules: [{ ...schedule, lastGood: ago(3 * hour + 1) }] },
  ],
  late_start_minutes: [
    { schedules: [{ ...schedule, lateMs: 15 * 60_000 }] },
    { schedules: [{ ...schedule, lateMs: 15 * 60_000 + 1 }] },
  ],
  skipped_starts: [
    { schedules: [{ ...schedule, skippedStarts: 2 }] },
    { schedules: [{ ...schedule, skippedStarts: 3 }] },
  ],
  paused_days: [
    { pausedSchedules: [{ id: 's', job: 'j', since: ago(7 * 24 * hour) }] },
    { pausedSchedules: [{ id: 's', job: 'j', since: ago(7 * 24 * hour + 1) }] },
  ],
  paused_run_hours: [
    { pausedRuns: [{ runId: 'r', job: 'j', since: ago(hour) }] },
    { pausedRuns: [{ runId: 'r', job: 'j', since: ago(hour + 1) }] },
  ],
  held_hours: [
    { heldRuns: [{ runId: 'r', job: 'j', since: ago(hour) }] },
    { heldRuns: [{ runId: 'r', job: 'j', since: ago(hour + 1) }] },
  ],
  dead_letters: [{ deadLetters: [] }, { deadLetters: [{ job: 'j', count: 1 }] }],
  lease_hours: [
    { leases: [{ name: 'j', since: ago(12 * hour) }] },
    { leases: [{ name: 'j', since: ago(12 * hour + 1) }] },
  ],
  workflow_task_failures: [
    { stuckTasks: [{ runId: 'r', failures: 2 }] },
    { stuckTasks: [{ runId: 'r', failures: 3 }] },
  ],
  backlog_minutes: [
    { waiting: [{ job: 'j', since: ago(15), count: 2 }] },
    { waiting: [{ job: 'j', since: ago(16), count: 2 }] },
  ],
  ledger_share: [{ ledger: { bytes: 80, budget: 100 } }, { ledger: { bytes: 81, budget: 100 } }],
  drift_vectors: [{ drift: [{ collection: 'c', vectors: 0 }] }, { drift: [{ collection: 'c', vectors: 1 }] }],
  unjudged_growth: [
    { unjudged: [{ job: 'j', collection: 'c', share: 0.05, least: 0 }] },
    { unjudged: [{ job: 'j', collection: 'c', share: 0.06, least: 0 }] },
  ],
  stale_groups: [{ staleGroups: { count: 10, hours: 24 } }, { staleGroups: { count: 11, hours: 24 } }],
  group_failures: [
    { groupFailures: [{ graph: 'g', failures: 2, groups: 40 }] },
    { groupFailures: [{ graph: 'g', failures: 3, groups: 1 }] },
  ],
  orphan_growth: [
    { orphans: { lastWeek: 120, weekBefore: 100, least: 50 } },
    { orphans: { lastWeek: 121, weekBefore: 100, least: 50 } },
  ],
};

const rulesOf = (facts: Partial<Facts>, settings: Partial<AlertSettings> = {}) =>
  judge({ ...quiet, ...facts }, { ...defaultAlerts, ...settings });

describe.each(alertRules)('%s', (rule) => {
  const [below, above] = cases[rule];

  it('fires beyond its threshold and not at it', () => {
    expect(rulesOf(below).found).toEqual([]);
    expect(rulesOf(above).found).toMatchObject([{ rule, subject: expect.any(String), message: expect.any(String) }]);
  });

  it('switched off it finds nothing, and what it once found is resolved', () => {
    const { found, judged } = rulesOf(above, { [rule]: null });
    expect(found).toEqual([]);
    expect(judged).toContain(rule);
  });
});

test('an alert of which the state is unknown neither fires nor resolves', () => {
  const { judged } = rulesOf({ schedules: null, pausedSchedules: null, pausedRuns: null, stuckTasks: null });
  const unknown = ['success_intervals', 'late_start_minutes', 'skipped_starts', 'paused_days', 'paused_run_hours'];
  for (const rule of [...unknown, 'workflow_task_failures']) expect(judged).not.toContain(rule);
  expect(judged).toContain('dead_letters');
});

test('switched off as a whole everything is resolved', () => {
  const all = Object.assign({}, ...Object.values(cases).map(([, above]) => above));
  expect(rulesOf(all, { enabled: false })).toEqual({ found: [], judged: alertRules });
  expect(new Set(rulesOf(all).found.map(({ rule }) => rule)).size).toBeGreaterThan(8);
});

test('a schedule that fires once has no interval, and so no lateness of success', () => {
  expect(rulesOf({ schedules: [{ ...schedule, intervalMs: null, lastGood: ago(100_000) }] }).found).toEqual([]);
});

test('few orphans are no growth, and from none to many is', () => {
  const grown = (lastWeek: number, weekBefore: number) =>
    rulesOf({ orphans: { lastWeek, weekBefore, least: 50 } }).found;
  expect(grown(2, 1)).toEqual([]);
  expect(grown(49, 0)).toEqual([]);
  expect(grown(50, 0)).toMatchObject([{ rule: 'orphan_growth' }]);
  expect(grown(1_000, 1_000)).toEqual([]);
  expect(rulesOf({ orphans: null }).judged).not.toContain('orphan_growth');
});

test('groups that fail are counted by graph, and not named', () => {
  const { found } = rulesOf({
    groupFailures: [
      { graph: 'a', failures: 1, groups: 7 },
      { graph: 'a', failures: 3, groups: 2 },
      { graph: 'a', failures: 9, groups: 1 },
      { graph: 'b', failures: 3, groups: 1 },
    ],
  });
  expect(found.map(({ subject, message }) => [subject, message])).toEqual([
    ['a', 'collections of 3 groups of a have failed up to 9 times in a row: coppice groups list'],
    ['b', 'collections of 1 group of b have failed up to 3 times in a row: coppice groups list'],
  ]);
});
