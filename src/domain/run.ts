/** Words and shapes of a run, as people, programs and Temporal see them. Wire names are snake_case. */

export type RunStatus =
  | 'pending'
  | 'running'
  | 'success'
  | 'partial'
  | 'failed'
  | 'held'
  | 'skipped'
  | 'rejected'
  | 'cancelled'
  | 'preview';

export type RunKind = 'sweep' | 'preview' | 'undo' | 'task';

/** What a run did, by name: `deleted_documents`, `deleted_vectors`, `restored_documents`, `refused` … */
export type Totals = Readonly<Record<string, number>>;

export interface RunJson {
  readonly run_id: string;
  readonly workflow_id: string;
  readonly job: string;
  readonly kind: RunKind;
  readonly status: RunStatus;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly duration_ms: number | null;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly totals: Totals;
  /** Counts of partitions by state. */
  readonly partitions: Readonly<Record<string, number>>;
  readonly dead_letters: number;
  readonly approval: Approval | null;
  /** The run whose removals this one put back. */
  readonly undoes: string | null;
  /** Who holds the lease, when this run was skipped because of it. */
  readonly holder: Holder | null;
  readonly error: ErrorJson | null;
  /** What the workers used meanwhile; `null` where none has measured. */
  readonly worker: WorkerUsage | null;
  readonly survey?: SurveyJson;
}

/** Of the processes that worked on a run, while they did: they may have worked on others at the same time. */
export interface WorkerUsage {
  /** The most memory that one of them was seen to hold (resident). */
  readonly peak_memory_bytes: number;
  /** CPU time of all their threads. */
  readonly cpu_ms: number;
  /** How long they worked on it, added up. */
  readonly worked_ms: number;
}

export interface Holder {
  readonly workflow_id: string;
  readonly run_id: string;
}

export interface ErrorJson {
  readonly name: string;
  readonly message: string;
  readonly hint: string | null;
}

/** A person's consent to a held run. On the held run it names the new run, on the new run the held one. */
export interface Approval {
  readonly survey_hash: string;
  readonly by: string;
  readonly at: string;
  readonly held_run: string;
  readonly approved_run: string | null;
}

export interface SurveyJson {
  /** Fixed for the whole run, from the database's clock. */
  readonly cutoff: string;
  readonly hash: string;
  readonly rows: number;
  /** Documents that the run would handle. Absent in records of before there were jobs that remove none: all are removed. */
  readonly due?: number;
  /** Those of them that it would remove: all, or none. */
  readonly would_delete: number;
  /** Largest share of a collection that is due, 0–1. */
  readonly share: number;
  readonly would_hold: readonly string[];
  /** Rows without a partition: never touched. */
  readonly unscoped: number;
  /** Rows whose date cannot be read: they never expire. */
  readonly unreadable: number;
  /** Rows that would go but for a hold. */
  readonly on_hold: number;
  readonly partition_count: number;
  /** The hundred with most to delete. */
  readonly partitions: readonly SurveyPartitionJson[];
}

export interface SurveyPartitionJson {
  readonly collection: string;
  readonly partition: string;
  readonly rows: number;
  readonly due?: number;
  readonly would_delete: number;
  readonly reasons: Readonly<Record<string, number>>;
  readonly oldest: string | null;
  readonly sample_ids: readonly string[];
}

/** What a sweep counts where its job does not say. */
const removalTotals = ['deleted_documents', 'deleted_vectors'];
/** What the log's line of a finished partition tells of that: people parse it as it is. */
export const loggedTotals: readonly string[] = removalTotals.slice(0, 1);
const undoTotals = ['restored_documents', 'restored_vectors', 'refused'];

/** What a run counts at the least, so that a reader finds the number also where it is 0. */
export function zeroTotals(
  kind: RunKind,
  job: { readonly totals?: readonly string[]; readonly undo_totals?: readonly string[] } = {},
): Totals {
  const sweep = job.totals ?? removalTotals;
  const names = { sweep, undo: job.undo_totals ?? undoTotals, preview: [], task: [] }[kind];
  return Object.fromEntries(names.map((name) => [name, 0]));
}

/** Items that a run has dealt with so far, whatever it does to them: documents, or entities and edges. */
export function itemsIn(totals: Totals): number {
  const counted = /_(documents|entities|edges)$/;
  return Object.entries(totals).reduce((sum, [name, count]) => (counted.test(name) ? sum + count : sum), 0);
}

export function addTotals(a: Totals, b: Totals): Totals {
  const sum: Record<string, number> = { ...a };
  for (const [name, value] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + value;
  return sum;
}

/** A status that will not change any more by itself. */
export function isFinal(status: RunStatus): boolean {
  return status !== 'pending' && status !== 'running';
}
