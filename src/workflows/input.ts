import type { Plan, RunContext } from '../activities/sweep/types.ts';
import type { Approval, RunStatus, Totals } from '../domain/run.ts';

/** Input of a job's workflow. Every field may be absent: a person can start it with the plain `temporal` CLI. */
export interface JobInput {
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** Key of the one partition that the run is for; its name stays out of history. */
  readonly partition?: string;
  /** Survey only. */
  readonly preview?: boolean;
  /** Alias of `preview`. */
  readonly dry_run?: boolean;
  /** The installation that is meant; another one refuses the work. */
  readonly installation?: string;
  readonly requested_by?: string;
  readonly approval?: Approval;
  /** Only the partitions of these dead letters. */
  readonly dead_letters?: readonly string[];
  /** Set by continue-as-new only. */
  readonly continued?: Continued;
}

/** Input of the workflow that waits until a group is quiet. */
export interface MaintainSoonInput {
  /** The group's key: its name stays out of history. */
  readonly group: string;
  readonly installation: string;
  readonly debounce_seconds: number;
  readonly longest_wait_seconds: number;
  readonly requested_by: string;
}

export interface UndoInput {
  /** Run id or workflow id of the run to undo. */
  readonly run_id: string;
  readonly job?: string;
  readonly installation?: string;
  readonly requested_by?: string;
  readonly continued?: Continued;
}

/** Where a chain goes on after continue-as-new. */
export interface Continued {
  readonly run: RunContext;
  readonly plan: Plan;
  /** Number of the last partition that is dealt with. */
  readonly after: number;
}

/** Result of the workflow, for a person who reads it in Temporal. The whole run: `coppice runs show`. */
export interface JobResult {
  readonly run_id: string;
  readonly workflow_id: string;
  readonly job: string;
  readonly status: RunStatus;
  readonly totals: Totals;
  readonly partitions: Readonly<Record<string, number>>;
  /** Why the run is held. */
  readonly held_because?: readonly string[];
  /** The run that holds the lease. */
  readonly holder?: { readonly workflow_id: string; readonly run_id: string };
}
