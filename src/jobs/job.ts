import type { BrakeLimits } from '../domain/brake.ts';
import type { RetrySettings } from '../domain/retry.ts';

/**
 * What the catalogue says of a job. Data only: no functions, no I/O, so that workflows, configuration, the CLI and the
 * generated reference all read the same thing.
 */
export interface Job {
  readonly id: string;
  /**
   * `task`: one piece of work a run, on Coppice's own tables or on none: no collections, no brake, nothing to preview or
   * to undo. Without it the job sweeps collections, partition by partition.
   */
  readonly kind?: 'task';
  /** What it sweeps: the groups of `graphs`, or, without it, the partitions of `collections`. */
  readonly sweeps?: 'graphs';
  /** True for a job that runs so often that its successes are listed only when asked for by its name. */
  readonly routine?: boolean;
  readonly title: string;
  /** One paragraph for people: what it does to which data, and what it leaves alone. */
  readonly description: string;
  /** The workflow type that Temporal starts. */
  readonly workflow: string;
  /** What a run isolates work by, in the words of the data: workspace, group, user … A task has none. */
  readonly partition: string | null;
  /** True when it removes or replaces data: on an application's own tables its schedules are created paused. */
  readonly removes: boolean;
  /** True when nothing of what it replaces goes into the ledger: its runs cannot be undone. */
  readonly keeps_nothing?: boolean;
  /** True when it writes vectors of the configured embeddings: workers must agree in these to share a run. */
  readonly makes_vectors?: boolean;
  /** How many removed rows one of its items is as much work as; 1 without it. Packs are made by that. */
  readonly row_cost?: number;
  /** How many removed rows a partition is as much work as by itself, before any item of it; 0 without it. */
  readonly partition_cost?: number;
  /** What its runs count at the least, so that a reader finds the number also where it is 0. */
  readonly totals?: readonly string[];
  /** The same for its undo. */
  readonly undo_totals?: readonly string[];
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly schedules: readonly ScheduleDefinition[];
  readonly brake: BrakeLimits;
  readonly retry: RetrySettings;
  /** How many partitions are worked on at once. */
  readonly concurrency: number;
  /** Which work comes first when workers are busy; medium without it. */
  readonly priority?: Priority;
}

export type Priority = 'high' | 'medium' | 'low';

export interface Parameter {
  readonly type: 'integer' | 'number' | 'boolean' | 'string';
  readonly default: ParameterValue;
  readonly description: string;
  /** `rows`, `days` … */
  readonly unit?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  /** When true, `off` (or null) switches the rule off. */
  readonly can_be_off?: boolean;
  /** Of a text: what it may be. */
  readonly choices?: readonly string[];
  /** It may be several of the choices, with commas between them, or `all`. */
  readonly several?: boolean;
}

export type ParameterValue = number | string | boolean | null;
export type Parameters = Readonly<Record<string, ParameterValue>>;

/** Exactly one of `cron`, `every_seconds` (whatever unit the file has it in) and `once`. All times are UTC. */
export interface ScheduleDefinition {
  /** Ends the schedule's id (`<job>-<name>`); the job's first schedule needs none and is called like the job. */
  readonly name?: string;
  /** Five-field cron. */
  readonly cron?: string;
  readonly every_seconds?: number;
  /** ISO 8601 instant. */
  readonly once?: string;
  readonly parameters?: Parameters;
  /** How late a missed start may still happen. Temporal's own default is a year, which is never right. */
  readonly catch_up_window_seconds?: number;
  /** `false` creates it paused, `true` running; unset: running unless the job removes from an application's table. */
  readonly enabled?: boolean;
}
