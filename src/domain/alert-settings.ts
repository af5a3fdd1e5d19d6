/** When people are told. A threshold of `null` switches its rule off. */
export interface AlertSettings {
  readonly enabled: boolean;
  /** A store, Temporal, the workers or an endpoint did not answer this check. */
  readonly failed_checks: boolean | null;
  /** A job's last success is older than so many of its schedule's intervals. */
  readonly success_intervals: number | null;
  /** A start came, or is, later than its schedule says. */
  readonly late_start_minutes: number | null;
  /** Starts of a schedule, one after the other, that Temporal skipped or missed. */
  readonly skipped_starts: number | null;
  /** A schedule of a job that removes is paused. */
  readonly paused_days: number | null;
  /** A run is paused in Temporal. */
  readonly paused_run_hours: number | null;
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
  /** Share of a collection's rows that no run can judge, above what it was in one of the runs before. */
  readonly unjudged_growth: number | null;
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
  skipped_starts: 3,
  paused_days: 7,
  paused_run_hours: 1,
  held_hours: 1,
  dead_letters: 1,
  lease_hours: 12,
  workflow_task_failures: 3,
  backlog_minutes: 15,
  ledger_share: 0.8,
  drift_vectors: 1,
  unjudged_growth: 0.05,
  stale_groups: 10,
  stale_group_hours: 24,
  group_failures: 3,
  orphan_growth: 0.2,
  orphan_growth_least: 50,
};

/** The settings that are a threshold; the others say what is counted. */
export type AlertRule = Exclude<keyof AlertSettings, 'enabled' | 'stale_group_hours' | 'orphan_growth_least'>;
