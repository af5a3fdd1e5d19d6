/** Words and shapes of a run, as people, programs and Temporal see them. Wire names are snake_case. */

export const runStatuses = [
  'pending',
  'running',
  'success',
  'partial',
  'failed',
  'held',
  'skipped',
  'rejected',
  'cancelled',
  'preview',
] as const;
export type RunStatus = (typeof runStatuses)[number];

export type RunKind = 'sweep' | 'preview' | 'undo' | 'task';

/** Counts of a run's work, by name: `deleted_documents`, `deleted_vectors`, `restored_documents`, `refused` … */
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
  /** Present where a person turned the run down. */
  readonly rejection?: Rejection;
  /** The run whose removals this one put back. */
  readonly undoes: string | null;
  /** The run that holds the lease because of which this run was skipped. */
  readonly holder: Holder | null;
  readonly error: ErrorJson | null;
  /** Collections that the run left out because they could not be looked at; the others were handled. */
  readonly failed_collections: readonly FailedCollection[];
  /** Memory and CPU that the workers used; `null` where none was measured. */
  readonly worker: WorkerUsage | null;
  /** Deviations from a usual run, such as a model that was not asked; absent where there are none. */
  readonly notes?: readonly string[];
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

/** Something that a run left out or could not do exactly, with the reason: names of objects and ids, never content. */
export interface Finding {
  /**
   * `spared`: due documents that the database keeps. `not_restored`: a row that an undo could not insert. `differs`:
   * restored documents whose column holds another value than before.
   */
  readonly kind: 'spared' | 'not_restored' | 'differs';
  /**
   * `referenced`: a row that stays references them. `exists`: the row exists again. `missing_reference`: a row that it
   * references does not exist. `refused`: the database refused it. `changed`: the database changed it.
   */
  readonly reason: 'referenced' | 'exists' | 'missing_reference' | 'refused' | 'changed';
  /** SQLSTATE, where the database refused. */
  readonly code: string | null;
  readonly constraint: string | null;
  readonly table: string | null;
  readonly column: string | null;
  /** The row, of what was not restored. */
  readonly id: string | null;
  /** The key of the row that does not exist. */
  readonly key: string | null;
  readonly documents: number;
}

/** Entries that say the same are added up; the first hundred are kept. */
export function addFindings(some: readonly Finding[], more: readonly Finding[]): readonly Finding[] {
  if (more.length === 0) return some;
  const byReason = new Map<string, Finding>();
  for (const one of [...some, ...more]) {
    const key = JSON.stringify({ ...one, documents: 0 });
    byReason.set(key, { ...one, documents: one.documents + (byReason.get(key)?.documents ?? 0) });
  }
  return [...byReason.values()].slice(0, mostFindings);
}

export const mostFindings = 100;

/** A collection that a run left out, and why. */
export interface FailedCollection {
  readonly collection: string;
  readonly error: ErrorJson;
}

/** Error of a run that has left collections out. */
export function collectionsFailed(failed: readonly FailedCollection[]): ErrorJson {
  const each = failed.map(({ collection, error }) => `${collection}: ${error.message.replace(/\s*\n\s*/g, ' ')}`);
  return {
    name: 'CollectionFailedError',
    message: `left out ${failed.length === 1 ? 'collection' : 'collections'} ${each.join('; ')}. The others were handled`,
    hint: 'coppice doctor names the problems of each collection.',
  };
}

/** A person's consent to a held run. On the held run it names the new run, on the new run the held one. */
export interface Approval {
  readonly survey_hash: string;
  readonly by: string;
  readonly at: string;
  readonly held_run: string;
  readonly approved_run: string | null;
  /** Absent in records of releases before 0.2. */
  readonly reason?: string | null;
}

/** A person's refusal of a held run. */
export interface Rejection {
  readonly by: string;
  readonly at: string;
  readonly reason: string | null;
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
  /** Each collection that was counted. Absent in records of before there were such. */
  readonly collections?: readonly SurveyCollectionJson[];
  /** The hundred with most to delete. */
  readonly partitions: readonly SurveyPartitionJson[];
}

export interface SurveyCollectionJson {
  readonly collection: string;
  readonly rows: number;
  readonly due: number;
  /** Of `share_rows`, 0–1. */
  readonly share: number;
  /** Whether the share is of the collection's rows or of all rows of its table. */
  readonly share_of: 'collection' | 'table';
  readonly share_rows: number;
  readonly unscoped: number;
  readonly unreadable: number;
  /** Partitions with something due. */
  readonly partition_count: number;
  /** Sentences on what was looked at otherwise than usual, such as a model that was not asked. */
  readonly notes?: readonly string[];
  /** Rows of child tables that belong to what is due, by the name of the table. The brake does not count them. */
  readonly children?: Readonly<Record<string, number>>;
  /** The cost of writing for the table; absent where no value would be written. */
  readonly updates?: SurveyUpdatesJson;
}

export interface SurveyUpdatesJson {
  /** Schema, table and column. */
  readonly column: string;
  /** Whether an update needs no new entry in any index. */
  readonly hot: boolean;
  /** Indexes that contain the column. */
  readonly indexes: readonly string[];
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

/** The notes of all collections, each with its name. */
export function notesOf(survey: SurveyJson | null): readonly string[] {
  return (survey?.collections ?? []).flatMap(({ collection, notes = [] }) =>
    notes.map((note) => `${collection}: ${note}`),
  );
}

/** Names of the totals of a job: see `Counts` of the catalogue. */
interface CountNames {
  readonly done: readonly string[];
  readonly undone: readonly string[];
  readonly progress: readonly string[];
}

/** Totals of a run that has done nothing, so that a reader finds each number also where it is 0. */
export function zeroTotals(kind: RunKind, counts: CountNames | null): Totals {
  const names = { sweep: counts?.done, undo: counts?.undone, preview: [], task: [] }[kind] ?? [];
  return Object.fromEntries(names.map((name) => [name, 0]));
}

/** Items that a run has handled so far, whatever it did to them. */
export function itemsIn(totals: Totals, counts: CountNames | null): number {
  return (counts?.progress ?? []).reduce((sum, name) => sum + (totals[name] ?? 0), 0);
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
