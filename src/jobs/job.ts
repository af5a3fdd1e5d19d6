import type { BrakeLimits } from '../domain/brake.ts';
import type { RetrySettings } from '../domain/retry.ts';
import type { CollectionKind, Needs, RowFieldName } from '../domain/row-fields.ts';

/** Kinds of partitions: what a run isolates work by. */
export type PartitionKind = 'workspace' | 'user' | 'group' | 'entity' | 'organisation';

/**
 * The effect of a run on what it works on. `removes`: items leave the stores. `changes`: values of rows are rewritten.
 * `adds`: rows are inserted. `replaces`: items give way to others. `computes`: results are written beside the data.
 */
export type Effect = 'removes' | 'changes' | 'adds' | 'replaces' | 'computes';

/** Names of a run's totals. */
export interface Counts {
  /** Counted by a run at the least, so that a reader finds the number also where it is 0. */
  readonly done: readonly string[];
  /** The same for its undo. */
  readonly undone: readonly string[];
  /** Items that a run or an undo has handled so far, whatever became of them. */
  readonly progress: readonly string[];
  /** Written to the log when a partition is finished: people parse these lines. `done` where absent. */
  readonly logged?: readonly string[];
}

/**
 * A job in the catalogue. Data only: no functions, no I/O, so that workflows, configuration, the CLI and the generated
 * reference all read the same thing. `facts.ts` derives further facts from it.
 */
export type Job = TaskJob | SweepJob;

interface JobBase {
  readonly id: string;
  /** True for a job that runs so often that its successes are listed only when asked for by its name. */
  readonly routine?: boolean;
  readonly title: string;
  /** One paragraph for people: what it does to which data, and what it leaves alone. */
  readonly description: string;
  /** The workflow type that Temporal starts. */
  readonly workflow: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly schedules: readonly ScheduleDefinition[];
  readonly brake: BrakeLimits;
  readonly retry: RetrySettings;
  /** How many partitions are worked on at once. */
  readonly concurrency: number;
  /** Runs whose parameter of this name is not its default have leases of their own. */
  readonly lease_by?: string;
  /** Priority of the work while workers are busy; medium without it. */
  readonly priority?: Priority;
  /** The name of the plugin that it comes from, which `coppice.yaml` has loaded; absent: it is built in. */
  readonly plugin?: string;
}

/**
 * One piece of work a run, on Coppice's own tables or on none: no collections, no brake, nothing to preview or to undo.
 */
export interface TaskJob extends JobBase {
  readonly target: 'none';
  readonly partition: null;
  /** The kind of collections whose results it works on: without such a collection it has no schedule. */
  readonly reads?: CollectionKind;
}

/** Works through the rows of `collections` or the groups of `graphs`, partition by partition. */
export interface SweepJob extends JobBase {
  readonly target: 'rows' | 'graph';
  readonly effect: Effect;
  /** Whether the ledger keeps what a run did, so that it can be undone. */
  readonly undo: boolean;
  /** Of a job on rows: kinds of collections that it sweeps, and the fields that they must map. */
  readonly needs?: Needs;
  /** Fields of a row whose values it writes. */
  readonly writes?: readonly RowFieldName[];
  /** Of a job on graphs: it sweeps only those whose mapping names what entities are compared by. */
  readonly merges?: boolean;
  /** Of a job on graphs: it sweeps only those whose mapping names the text of relations. */
  readonly facts?: boolean;
  /** Of a job on graphs: it sweeps only those whose mapping names the dates that mark a fact as retired. */
  readonly validity?: boolean;
  /** True: the ledger is the archive of what it removes, and no retention applies to it. */
  readonly archives?: boolean;
  /** True when it writes the chunks of a document anew: collections where that is impossible are not swept. */
  readonly rewrites?: boolean;
  readonly partition: PartitionKind;
  /** The name of one item, and of several. */
  readonly item: { readonly one: string; readonly many: string };
  readonly counts: Counts;
  /** True when it writes vectors of the configured embeddings: workers must agree in these to share a run. */
  readonly makes_vectors?: boolean;
  /** The work of one item, in removed rows; 1 without it. Packs are made by that. */
  readonly row_cost?: number;
  /** The work of a partition by itself, in removed rows, before any item of it; 0 without it. */
  readonly partition_cost?: number;
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
  /** Of a text: a regular expression that it must match, and what to say where it does not. */
  readonly pattern?: string;
  readonly expects?: string;
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
  /** `false` creates it paused, `true` running; unset: running unless the job alters an application's table. */
  readonly enabled?: boolean;
}
