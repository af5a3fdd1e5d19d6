import type { Pack } from '../../domain/packs.ts';
import type { RetrySettings } from '../../domain/retry.ts';
import type { Approval, ErrorJson, Holder, RunKind, RunStatus, Totals } from '../../domain/run.ts';
import type { RunIdentity } from '../../domain/run-identity.ts';
import type { Parameters } from '../../jobs/job.ts';

/**
 * Values that pass between workflow and activities, and so through Temporal's history: ids, numbers and counts. No row,
 * no name of a partition, no secret.
 */
export interface RunContext extends RunIdentity {
  readonly installation: string;
  readonly job: string;
  readonly kind: RunKind;
  readonly runNo: number;
  readonly lease: { readonly name: string; readonly generation: number } | null;
  readonly parameters: Parameters;
  /** Key of the one partition that the run is for; `null`: all. Absent in runs begun by earlier versions: a parameter may name it. */
  readonly partition?: string | null;
  readonly retry: RetrySettings;
  /** Whether the ledger keeps what the run removes. Absent in histories that are older than the choice: it does. */
  readonly ledger?: boolean;
  readonly concurrency: number;
  readonly timings: Timings;
  /** Digests of collections, and of what else the job writes by, as the worker that began the run has them configured. Absent in runs begun before. */
  readonly configuration?: Readonly<Record<string, string>>;
  /** Whether the namespace knows Coppice's search attributes. */
  readonly searchAttributes: boolean;
}

export interface Timings {
  readonly heartbeatTimeoutMs: number;
  /** How long one activity works before it hands back, so that others get their turn and a shutdown is quick. */
  readonly sliceMs: number;
  /** How long a run waits for a store that is down. */
  readonly outageMs: number;
}

export interface BeginInput extends RunIdentity {
  /** `null` for an undo started by hand: the undone run knows its job. */
  readonly job: string | null;
  readonly kind: RunKind;
  /** The installation that the starter meant; absent when started by hand with the plain `temporal` CLI. */
  readonly installation: string | null;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Key of the one partition that the run is for. Absent where an earlier version started the run: a parameter may name it. */
  readonly partition?: string | null;
  readonly requestedBy: string | null;
  readonly undoes: string | null;
}

export type BeginResult =
  | { readonly begun: true; readonly run: RunContext }
  | { readonly begun: false; readonly holder: Holder };

export interface SurveyInput {
  readonly run: RunContext;
  readonly approval: Approval | null;
  /** Only the partitions of these dead letters. */
  readonly deadLetters: readonly string[] | null;
}

export interface SurveyResult {
  readonly hash: string;
  readonly cutoff: string;
  /** Fingerprints of the collections' mappings, by name. */
  readonly fingerprints: Readonly<Record<string, string>>;
  readonly due: number;
  readonly partitions: number;
  /** Why the brake holds the run; empty when it may go on. */
  readonly excess: readonly string[];
}

/** Inputs of drains beyond the run: fixed by the survey, or by the undo's plan. */
export interface Plan {
  readonly cutoff: string;
  readonly fingerprints: Readonly<Record<string, string>>;
  /** The run whose removals are put back; `null` for removals. */
  readonly undoneRunNo: number | null;
  readonly partitions: number;
  readonly due: number;
}

export interface PackPage {
  readonly packs: readonly Pack[];
  /** Number after which the next page begins; `null` on the last. */
  readonly next: number | null;
}

export interface DrainInput {
  readonly run: RunContext;
  readonly plan: Plan;
  readonly from: number;
  readonly to: number;
  /** The partition has an activity of its own: its failures are the activity's, for Temporal to retry and show. */
  readonly alone: boolean;
}

export interface DrainResult {
  /** Partitions of the range are left: the slice ended, or the worker shuts down. */
  readonly remaining: boolean;
  /** Failed, or in flight at two crashes: each gets an activity of its own. */
  readonly isolate: readonly number[];
  /** Another run holds them. */
  readonly busy: readonly number[];
  /** Checkpoints written by this activity; progress means that it is not 0. */
  readonly commits: number;
}

export interface FinishInput {
  readonly run: RunContext;
  /** `null`: success or partial, by what the partitions came to. */
  readonly status: RunStatus | null;
  readonly error: ErrorJson | null;
}

export interface FinishResult {
  readonly status: RunStatus;
  readonly totals: Totals;
  readonly partitions: Readonly<Record<string, number>>;
}
