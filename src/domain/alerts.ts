/** When people are told. A threshold of `null` switches its rule off. */
export interface AlertSettings {
  readonly enabled: boolean;
  /** A store, Temporal, the workers or an endpoint did not answer this check. */
  readonly failed_checks: boolean | null;
  /** A job's last success is older than so many of its schedule's intervals. */
  readonly success_intervals: number | null;
  /** A start came, or is, later than its schedule says. */
  readonly late_start_minutes: number | null;
  /** A held run waits for a person. */
  readonly held_hours: number | null;
  /** Dead letters, in all. */
  readonly dead_letters: number | null;
  /** A run holds its lease. */
  readonly lease_hours: number | null;
  /** A workflow task failed so often in a row: the worker's code does not fit the run's history. */
  readonly workflow_task_failures: number | null;
  /** A run was asked for and has not begun. */
  readonly backlog_minutes: number | null;
  /** Share of the ledger's budget. */
  readonly ledger_share: number | null;
  /** Vectors without a row, at the last nightly count. */
  readonly drift_vectors: number | null;
  /** More groups than this are stale, and nobody has collected in them, for `stale_group_hours`. */
  readonly stale_groups: number | null;
  readonly stale_group_hours: number;
  /** Collections of a group that were given up, one after the other. */
  readonly group_failures: number | null;
  /** Orphans of the last seven days over those of the seven before, as a share of these. */
  readonly orphan_growth: number | null;
  /** Fewer orphans than this are no news, however much they have grown. */
  readonly orphan_growth_least: number;
}

export const defaultAlerts: AlertSettings = {
  enabled: true,
  failed_checks: true,
  success_intervals: 3,
  late_start_minutes: 15,
  held_hours: 1,
  dead_letters: 1,
  lease_hours: 12,
  workflow_task_failures: 3,
  backlog_minutes: 15,
  ledger_share: 0.8,
  drift_vectors: 1,
  stale_groups: 10,
  stale_group_hours: 24,
  group_failures: 3,
  orphan_growth: 0.2,
  orphan_growth_least: 50,
};

/** The settings that are a threshold; the others say what is counted. */
export type AlertRule = Exclude<keyof AlertSettings, 'enabled' | 'stale_group_hours' | 'orphan_growth_least'>;

/** What a check found out. A part that could not be found out is `null`: its alerts neither fire nor resolve. */
export interface Facts {
  readonly now: Date;
  readonly failedChecks: readonly { readonly name: string; readonly message: string }[];
  readonly schedules: readonly ScheduleFact[] | null;
  readonly heldRuns: readonly { readonly runId: string; readonly job: string; readonly since: Date }[];
  readonly deadLetters: readonly { readonly job: string; readonly count: number }[];
  readonly leases: readonly { readonly name: string; readonly since: Date }[];
  readonly stuckTasks: readonly { readonly runId: string; readonly failures: number }[] | null;
  /** Oldest run that was asked for and has not begun, by job. */
  readonly waiting: readonly { readonly job: string; readonly since: Date; readonly count: number }[];
  readonly ledger: { readonly bytes: number; readonly budget: number };
  readonly drift: readonly { readonly collection: string; readonly vectors: number }[];
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
    // What is switched off finds nothing, so that what it once found is resolved.
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
  'held_hours',
  'dead_letters',
  'lease_hours',
  'workflow_task_failures',
  'backlog_minutes',
  'ledger_share',
  'drift_vectors',
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
  return ms < 48 * hourMs ? `${Math.round(ms / hourMs)} h` : `${Math.round(ms / (24 * hourMs))} days`;
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1_000_000);
}
