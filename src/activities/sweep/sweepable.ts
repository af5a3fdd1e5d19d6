import type { Db, Tx } from '../../database/schema.ts';
import type { SuspectPreview } from '../../domain/facts/suspect-preview.ts';
import type { LedgerAddress } from '../../domain/ledger-address.ts';
import type { MergeEstimate, MergePreview } from '../../domain/merging/merge-state.ts';
import type { Finding, Totals } from '../../domain/run.ts';
import type { UpdateCost } from '../../domain/update-cost.ts';
import type { Parameters } from '../../jobs/job.ts';
import type { PartitionCount } from '../../stores/ports/row-survey.ts';

/**
 * The part of a job that differs from other jobs: one collection as the sweep sees it. Lease, survey, brake, fence,
 * checkpoint, retries, dead letters and record are the sweep's own; a job joins its rules to stores here.
 */
export interface Sweepable {
  readonly collection: string;
  /** Checks the mapping against the live schema; rejects with `MappingError`. */
  open(db: Db): Promise<OpenSweepable>;
  /** Resolves when every store of the collection answers. */
  probe(signal?: AbortSignal): Promise<void>;
  /** Takes note that a partition was given up, where more is kept of it than the dead letter; `error` is its name. */
  gaveUp?(tx: Tx, partition: string, error: string): Promise<void>;
}

/** A collection in three parts: what a survey counts, what a batch does, and how that is undone. */
export interface OpenSweepable {
  /** Changes with the mapping and with the live schema. */
  readonly fingerprint: string;
  /** Fingerprints that earlier releases gave the same mapping and schema: a run surveyed under one goes on. */
  readonly formerFingerprints?: readonly string[];
  /**
   * Whether what the job needs besides the rows is in order, before a run surveys: endpoints, sizes, columns that are
   * written. Rejects with `MappingError` where trying again gives the same.
   */
  ready?(db: Db, signal: AbortSignal): Promise<void>;
  /** Returns the reasons why `ready` would reject, a sentence each, for reports. Reads only. */
  problems?(db: Db, signal: AbortSignal): Promise<readonly string[]>;
  /**
   * The source of a survey at these terms. A store outside the database is read here, before the survey's transaction
   * begins: no network call is made in one. With a run's number it may write down what is due; without, nothing is written.
   */
  observe(db: Db, terms: SweepTerms, runNo: number | null, signal: AbortSignal): Promise<SurveySource>;
  readonly work: BatchWork;
  /** `null`: nothing that the job does can be undone. */
  readonly undo: UndoSource | null;
}

/** Rows of one collection as they are counted, at fixed terms and in the survey's transaction. */
export interface SurveySource {
  /** Counts by partition, in the order of their names. Reads only. */
  count(tx: Tx): AsyncGenerator<readonly PartitionCount[]>;
  /** Sentences on what was looked at otherwise than usual, such as a model that was not asked. */
  readonly notes?: readonly string[];
  /** Pairs that a run would merge or leave to a person, for a preview. */
  readonly pairs?: readonly MergePreview[];
  /** Facts whose validity a run would restore, for a preview. */
  readonly facts?: readonly SuspectPreview[];
  /** Merges that a run would make, by type, with their error rate, for a preview. */
  readonly estimates?: readonly MergeEstimate[];
  /** How many rows of each child table belong to what is due; absent where nothing has children. Reads only. */
  children?(tx: Tx): Promise<Readonly<Record<string, number>>>;
  /** The cost of writing for the table; absent where no value is written. */
  readonly updates?: UpdateCost;
  /** A few ids that are due, by partition. Reads only. */
  samples(tx: Tx, partitions: readonly string[]): Promise<Map<string, string[]>>;
  /** Bytes of the ledger: those it takes now, and those that this many rows would add, estimated. */
  ledgerBytes(tx: Tx, rows: number): Promise<{ current: number; expected: number }>;
  /** Binds the run to the ids that are due now. */
  collect(tx: Tx, runNo: number): Promise<void>;
  /** How many ids this run is bound to that another run was not. */
  itemsBeyond(tx: Tx, runNo: number, approvedRunNo: number): Promise<number>;
}

/** The work of a run on partitions that its survey has planned. */
export interface BatchWork {
  /** True: batches keep the size they start with, since what takes time in them is not the database. */
  readonly steadyBatches?: boolean;
  /** Where runs that have ended left work between two transactions; `recover` finishes it. */
  abandoned(db: Db, exceptRunNo: number): Promise<readonly LedgerAddress[]>;
  /**
   * Finishes what a predecessor left between two transactions. Idempotent. `abandoned`: it belongs to a run that has
   * ended, whose terms are not those of `work`.
   */
  recover(work: PartitionWork, abandoned: boolean): Promise<void>;
  /** Handles one batch; returns how many items it looked at. Fewer than asked for: the partition is finished. */
  applyBatch(work: PartitionWork, size: number): Promise<number>;
  /** Several small partitions at once; `null` where each is handled by itself. */
  readonly together: Together | null;
}

/** Work that one transaction does whole: a predecessor leaves nothing between two. */
export const leavesNothing: Pick<BatchWork, 'abandoned' | 'recover'> = {
  abandoned: async () => [],
  recover: async () => {},
};

/** The way back, from what the ledger keeps. */
export interface UndoSource {
  /** Whether what the run changed can still be put back; always, where it is absent. */
  keepsImages?(db: Db, runNo: number): Promise<boolean>;
  /** Puts back one batch of what `work.ledger` names; returns how many items it looked at. */
  restoreBatch(work: RestoreWork, size: number): Promise<number>;
}

export interface Together {
  /** How many rows partitions may hold that go together, besides what is due in them; `null`: that does not matter. */
  readonly mostRows: number | null;
  /** All that `applyBatch` does to each of them, from where it stands to its end: the last commit is `finish`. */
  handle(work: TogetherWork): Promise<void>;
}

export interface TogetherWork {
  readonly db: Db;
  readonly runNo: number;
  readonly partitions: readonly TogetherPartition[];
  readonly terms: SweepTerms;
  readonly keep: boolean;
  readonly guard: TogetherGuard;
  readonly signal: AbortSignal;
}

export interface TogetherPartition {
  readonly no: number;
  readonly partition: string;
  /** As of a `Guard`. */
  readonly epoch: number;
  readonly after: string | null;
}

/** As `Guard`, of several partitions: what is done to each, by its number, commits at once or not at all. */
export interface TogetherGuard {
  /** The fences alone, just before a call to a store outside the transaction. */
  check(): Promise<void>;
  commit(work: (tx: Tx) => Promise<ReadonlyMap<number, Step>>): Promise<void>;
  /** The last commit: with it the partitions are finished. */
  finish(work: (tx: Tx) => Promise<ReadonlyMap<number, Step>>): Promise<void>;
}

export interface SweepTerms {
  /** The run's fixed point in time. */
  readonly cutoff: Date;
  readonly parameters: Parameters;
  /** Key of the one partition that the run is for; all without it. Only a survey needs it. */
  readonly partition?: string | null;
  readonly respectHolds: boolean;
  /** Number of the held run that a person approved: only what it surveyed is handled. Only a survey needs it. */
  readonly approvedRunNo?: number | null;
  /** False: no model is asked for this survey. */
  readonly asks?: boolean;
}

/** One partition in one activity's hands. */
export interface PartitionWork {
  readonly db: Db;
  readonly partition: string;
  readonly ledger: LedgerAddress;
  readonly terms: SweepTerms;
  /** Whether the ledger keeps what is removed. */
  readonly keep: boolean;
  readonly guard: Guard;
  /** Aborts when the activity is cancelled. */
  readonly signal: AbortSignal;
}

export interface RestoreWork extends PartitionWork {
  readonly undo: { readonly runNo: number; readonly runId: string };
}

/** The fence. Nothing is written to a partition but through it. */
export interface Guard {
  /** Of the activity: rises with every one that takes the partition. */
  readonly epoch: number;
  /** Where the partition's work stands. */
  readonly after: string | null;
  /** One transaction: the fence under row locks, the step, the checkpoint. Throws `FenceLostError`, `LeaseLostError`. */
  commit<T extends Step>(step: (tx: Tx) => Promise<T>): Promise<T>;
  /** The fence alone, just before a call to a store outside the transaction. */
  check(): Promise<void>;
}

/** Changes of the partition's checkpoint by a committed step. */
export interface Step {
  readonly after?: string | null;
  readonly totals?: Totals;
  /** Rows removed; negative when put back. */
  readonly removed?: number;
  /** Rows that the ledger records, where it is not those that were removed. */
  readonly recorded?: number;
  /** Items looked at, where that tells whether any are left: fewer than asked for end the partition in this commit. */
  readonly seen?: number;
  /** False: what was tried again has failed again. Otherwise a commit is progress, after which tries are counted anew. */
  readonly progress?: boolean;
  /** Ids an undo refused. */
  readonly refused?: readonly string[];
  /** Rows, collections and stores that were left out, with the reason. */
  readonly findings?: readonly Finding[];
}
