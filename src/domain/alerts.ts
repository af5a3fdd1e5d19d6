import type { AlertRule, AlertSettings } from './alert-settings.ts';
import type { ErrorJson } from './run.ts';

/** The alert stands, and the next check sends what was not taken. */
export const alertNotDelivered: ErrorJson = {
  name: 'AlertNotDeliveredError',
  message: 'the webhook for alerts did not take what it was sent; the next check tries again',
  hint: 'See coppice alerts list.',
};

/** Facts that a check found. A fact that could not be read is `null`: its alerts neither fire nor resolve. */
export interface Facts {
  readonly now: Date;
  readonly failedChecks: readonly { readonly name: string; readonly message: string }[];
  readonly schedules: readonly ScheduleFact[] | null;
  /** Paused schedules of jobs that remove. */
  readonly pausedSchedules: readonly { readonly id: string; readonly job: string; readonly since: Date }[] | null;
  readonly pausedRuns: readonly { readonly runId: string; readonly job: string; readonly since: Date }[] | null;
  readonly heldRuns: readonly { readonly runId: string; readonly job: string; readonly since: Date }[];
  readonly deadLetters: readonly { readonly job: string; readonly count: number }[];
  readonly leases: readonly { readonly name: string; readonly since: Date }[];
  readonly stuckTasks: readonly { readonly runId: string; readonly failures: number }[] | null;
  /** Oldest run that was asked for and has not begun, by job. */
  readonly waiting: readonly { readonly job: string; readonly since: Date; readonly count: number }[];
  readonly ledger: { readonly bytes: number; readonly budget: number };
  readonly drift: readonly { readonly collection: string; readonly vectors: number }[];
  readonly unjudged: readonly UnjudgedFact[];
  /** Groups that have been stale for so long, and were not collected within it. */
  readonly staleGroups: { readonly count: number; readonly hours: number };
  /** How many groups of a graph have failed so often in a row; none that has not failed. */
  readonly groupFailures: readonly { readonly graph: string; readonly failures: number; readonly groups: number }[];
  /** Orphan entities that were collected. `null`: the history does not go back two weeks. */
  readonly orphans: { readonly lastWeek: number; readonly weekBefore: number; readonly least: number } | null;
}

export interface ScheduleFact {
  readonly id: string;
  readonly job: string;
  /** Between two starts; `null` where there is no next but one. */
  readonly intervalMs: number | null;
  /** When the schedule began to be as it is, or the job last succeeded: whichever is later. */
  readonly lastGood: Date;
  /** How late the last start was, or the next one is by now. */
  readonly lateMs: number;
  /** Starts that Temporal skipped or missed since the last one that it took. */
  readonly skippedStarts: number;
}

/** Rows without a partition or with a date that cannot be read, as shares of a collection's rows. */
export interface UnjudgedFact {
  readonly job: string;
  readonly collection: string;
  /** In the last run. */
  readonly share: number;
  /** The least of the runs before. */
  readonly least: number;
}

export interface Finding {
  readonly rule: AlertRule;
  readonly subject: string;
  readonly message: string;
}

export interface Findings {
  readonly found: readonly Finding[];
  /** Rules that could be judged: what they do not find any more is resolved. */
  readonly judged: readonly AlertRule[];
}

type Judge = (facts: Facts, threshold: number) => Omit<Finding, 'rule'>[] | undefined;

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

const rules: Readonly<Record<AlertRule, Judge>> = {
  failed_checks: ({ failedChecks }) => failedChecks.map(({ name, message }) => ({ subject: name, message })),
  success_intervals: ({ schedules, now }, intervals) =>
    schedules?.flatMap(({ id, job, intervalMs, lastGood }) => {
      const age = now.getTime() - lastGood.getTime();
      if (intervalMs === null || age <= intervals * intervalMs) return [];
      return [
        { subject: id, message: `${job} has not succeeded for ${duration(age)}, every ${duration(intervalMs)} is due` },
      ];
    }),
  late_start_minutes: ({ schedules }, minutes) =>
    schedules
      ?.filter(({ lateMs }) => lateMs > minutes * minuteMs)
      .map(({ id, lateMs }) => ({ subject: id, message: `schedule ${id} starts ${duration(lateMs)} late` })),
  skipped_starts: ({ schedules }, least) =>
    schedules
      ?.filter(({ skippedStarts }) => skippedStarts >= least)
      .map(({ id, job, skippedStarts }) => ({
        subject: id,
        message: `Temporal has skipped ${skippedStarts} starts of ${id} in a row: is a run of ${job} still open?`,
      })),
  paused_days: ({ pausedSchedules, now }, days) =>
    (pausedSchedules === null ? undefined : longer(pausedSchedules, now, days * dayMs))?.map(({ id, job, age }) => ({
      subject: id,
      message: `schedule ${id} has been paused for ${duration(age)}, so ${job} removes nothing: coppice schedules resume ${id}`,
    })),
  paused_run_hours: ({ pausedRuns, now }, hours) =>
    (pausedRuns === null ? undefined : longer(pausedRuns, now, hours * hourMs))?.map(({ runId, job, age }) => ({
      subject: runId,
      message: `run ${runId} of ${job} has been paused in Temporal for ${duration(age)}, and no other run of it starts`,
    })),
  held_hours: ({ heldRuns, now }, hours) =>
    longer(heldRuns, now, hours * hourMs).map(({ runId, job, age }) => ({
      subject: runId,
      message: `run ${runId} of ${job} has been held for ${duration(age)}: coppice approve or coppice reject`,
    })),
  dead_letters: ({ deadLetters }, least) =>
    deadLetters
      .filter(({ count }) => count >= least)
      .map(({ job, count }) => ({
        subject: job,
        message: `${job} has ${count} dead letters: coppice dead-letters list`,
      })),
  lease_hours: ({ leases, now }, hours) =>
    longer(leases, now, hours * hourMs).map(({ name, age }) => ({
      subject: name,
      message: `the lease '${name}' has been held for ${duration(age)}: coppice lease show`,
    })),
  workflow_task_failures: ({ stuckTasks }, least) =>
    stuckTasks
      ?.filter(({ failures }) => failures >= least)
      .map(({ runId, failures }) => ({
        subject: runId,
        message: `a workflow task of run ${runId} has failed ${failures} times in a row: look at it in Temporal`,
      })),
  backlog_minutes: ({ waiting, now }, minutes) =>
    longer(waiting, now, minutes * minuteMs).map(({ job, count, age }) => ({
      subject: job,
      message: `${count} runs of ${job} wait to begin, the oldest for ${duration(age)}`,
    })),
  ledger_share: ({ ledger }, share) =>
    ledger.bytes <= share * ledger.budget
      ? []
      : [
          {
            subject: 'ledger',
            message: `the ledger holds ${megabytes(ledger.bytes)} MB of ${megabytes(ledger.budget)} MB; beyond that runs are held`,
          },
        ],
  drift_vectors: ({ drift }, least) =>
    drift
      .filter(({ vectors }) => vectors >= least)
      .map(({ collection, vectors }) => ({
        subject: collection,
        message: `${vectors} vectors of ${collection} have no row: coppice doctor --drift`,
      })),
  unjudged_growth: ({ unjudged }, growth) =>
    unjudged
      .filter(({ share, least }) => share - least > growth)
      .map(({ job, collection, share, least }) => ({
        subject: `${job} ${collection}`,
        message: `${percent(share)} of the rows of ${collection} have no partition or a date that cannot be read, ${percent(least)} in an earlier run of ${job}: coppice doctor`,
      })),
  stale_groups: ({ staleGroups: { count, hours } }, most) =>
    count <= most
      ? []
      : [
          {
            subject: 'groups',
            message: `${count} groups have been stale for over ${duration(hours * hourMs)} and were not collected: coppice groups stale`,
          },
        ],
  group_failures: ({ groupFailures }, least) =>
    [
      ...Map.groupBy(
        groupFailures.filter(({ failures }) => failures >= least),
        ({ graph }) => graph,
      ),
    ].map(([graph, failing]) => {
      const groups = failing.reduce((total, one) => total + one.groups, 0);
      const worst = Math.max(...failing.map((one) => one.failures));
      const who = `collections of ${groups} group${groups === 1 ? '' : 's'} of ${graph}`;
      return { subject: graph, message: `${who} have failed up to ${worst} times in a row: coppice groups list` };
    }),
  orphan_growth: ({ orphans }, share) => {
    if (orphans === null) return undefined;
    const { lastWeek, weekBefore, least } = orphans;
    if (lastWeek < least || lastWeek <= weekBefore * (1 + share)) return [];
    const message = `${lastWeek} orphan entities were collected within seven days, ${weekBefore} in the seven before`;
    return [{ subject: 'orphans', message }];
  },
};

/** Applies every rule that is switched on. */
export function judge(facts: Facts, settings: AlertSettings): Findings {
  const found: Finding[] = [];
  const judged: AlertRule[] = [];
  for (const rule of alertRules) {
    const threshold = settings.enabled ? settings[rule] : null;
    // A rule that is off finds nothing, so that its open alerts are resolved.
    const findings = threshold === null || threshold === false ? [] : rules[rule](facts, Number(threshold));
    if (findings === undefined) continue;
    judged.push(rule);
    found.push(...findings.map((one) => ({ rule, ...one })));
  }
  return { found, judged };
}

export const alertRules: readonly AlertRule[] = [
  'failed_checks',
  'success_intervals',
  'late_start_minutes',
  'skipped_starts',
  'paused_days',
  'paused_run_hours',
  'held_hours',
  'dead_letters',
  'lease_hours',
  'workflow_task_failures',
  'backlog_minutes',
  'ledger_share',
  'drift_vectors',
  'unjudged_growth',
  'stale_groups',
  'group_failures',
  'orphan_growth',
];

function longer<T extends { readonly since: Date }>(all: readonly T[], now: Date, ms: number): (T & { age: number })[] {
  return all.map((one) => ({ ...one, age: now.getTime() - one.since.getTime() })).filter(({ age }) => age > ms);
}

function duration(ms: number): string {
  if (ms < 2 * minuteMs) return `${Math.round(ms / 1000)} s`;
  if (ms < 2 * hourMs) return `${Math.round(ms / minuteMs)} min`;
  return ms < 48 * hourMs ? `${Math.round(ms / hourMs)} h` : `${Math.round(ms / dayMs)} days`;
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1_000_000);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
