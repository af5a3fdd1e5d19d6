import type { Db, Tx } from '../../database/schema.ts';
import type { LedgerAddress } from '../../domain/ledger-address.ts';
import type { CollectionMapping } from '../../domain/mapping.ts';
import type { Rule } from '../../domain/rules/index.ts';
import type { AttributeTable } from './attribute-table.ts';
import type { Batch, GroupBatch } from './batch.ts';
import type { ChangeTable } from './change-table.ts';
import type { RefreshTable } from './refresh-table.ts';

/**
 * Rows of one mapped collection, in the database that also holds Coppice's own tables. Methods that take a transaction
 * do all their work in it; the sweep opens it, checks the fence first and writes the checkpoint last.
 */
export interface DocumentStore {
  readonly mapping: CollectionMapping;
  /** Compares the mapping with the live schema; reads only. */
  inspect(db: Db): Promise<Inspection>;
  /** Makes the tables of the default schema where the collection uses it and they are missing. */
  ensureDefaultSchema(tx: Tx): Promise<void>;
  /** Makes the ledger's tables for the columns that the collection's tables have now, where those can be seen. */
  ensureLedger(tx: Tx): Promise<void>;
  /** Names of the ledger's tables for the columns of now; `null` where the collection's tables cannot be seen. */
  currentLedgers(db: Db): Promise<readonly string[] | null>;
  /** The collection as it stands now. Rejects with `MappingError` when the mapping does not fit the live schema. */
  open(db: Db): Promise<DocumentTable>;
}

export interface DocumentTable {
  readonly mapping: CollectionMapping;
  readonly fingerprint: string;
  /** Fingerprints that earlier releases gave the same mapping and columns. */
  readonly formerFingerprints: readonly string[];
  /** The same rows, for a job that renews them. */
  readonly refresh: RefreshTable;
  /** The same rows, for a job that changes values of them. */
  readonly changes: ChangeTable;
  /** The same rows as profiles; `null`: the collection is not of attributes. */
  readonly attributes: AttributeTable | null;

  /** Counts by partition, in the order of their names, a page at a time. Reads only. */
  survey(tx: Tx, terms: SurveyTerms): AsyncGenerator<readonly PartitionCount[]>;
  /** A few ids that would go, by partition. Reads only. */
  samples(tx: Tx, terms: SurveyTerms, partitions: readonly string[]): Promise<Map<string, string[]>>;
  /** How many rows of each child table belong to rows that are due, by its name. Reads only. */
  dueChildren(tx: Tx, terms: SurveyTerms): Promise<Readonly<Record<string, number>>>;
  /** Bytes of ledger that removing this many rows would take, estimated; and those it takes already. */
  ledgerBytes(tx: Tx, rows: number): Promise<{ current: number; expected: number }>;
  /**
   * Writes down which rows are due, by number of the partition; makes the ledger's tables where they are missing, or
   * refuses where only the owner may.
   */
  collect(tx: Tx, terms: SurveyTerms, runNo: number): Promise<void>;
  /** How many rows of this run's items another run's items do not have. */
  itemsBeyond(tx: Tx, runNo: number, approvedRunNo: number): Promise<number>;

  /** Removes one batch, with chunks and vectors that share the database, into the ledger where the batch says so. */
  remove(tx: Tx, batch: Batch): Promise<Removal>;
  /** Removes all that is due in several small partitions at once; what was done to each, by number. */
  removeTogether(tx: Tx, group: GroupBatch): Promise<ReadonlyMap<number, Removal>>;
  /** The next batch of items, for stores whose vectors are elsewhere. */
  nextItems(db: Db, batch: Batch): Promise<Items>;
  /** T1: locks those of the rows that are still due and that nothing references, and writes their image as intents. */
  intend(tx: Tx, batch: Batch, ids: readonly string[]): Promise<Intended>;
  /** Ids whose intent has been written and not settled. */
  pendingIntents(db: Db, at: LedgerAddress, limit: number): Promise<readonly string[]>;
  /** Where intents of other runs were left, a page of at most a thousand. */
  abandonedIntents(db: Db, exceptRunNo: number): Promise<readonly LedgerAddress[]>;
  /**
   * T2: removes rows that have not changed since T1; with `keep` false nothing of them stays in the ledger. A rule over a
   * set is applied again.
   */
  settle(tx: Tx, at: LedgerAddress, ids: readonly string[], keep: boolean, rule: Rule): Promise<Settlement>;
  /** Drops intents, once their vectors are back where they were. */
  dropIntents(tx: Tx, at: LedgerAddress, ids: readonly string[]): Promise<void>;

  /**
   * Rows in the ledger that this undo has not tried yet; whole documents, so sometimes a few more than `limit`. With
   * `readyFirst` rows are left out, for as long as there are others, that reference a row in the ledger.
   */
  nextRestores(
    db: Db,
    at: LedgerAddress,
    undoRunNo: number,
    limit: number,
    readyFirst?: boolean,
  ): Promise<readonly LedgerRow[]>;
  /** Those of the ids that may go back; the others exist again and are marked as refused by this undo. */
  restorable(tx: Tx, at: LedgerAddress, undoRunNo: number, ids: readonly string[]): Promise<readonly string[]>;
  /** Marks ids as refused by this undo. */
  refuse(tx: Tx, at: LedgerAddress, undoRunNo: number, ids: readonly string[]): Promise<void>;
  /** Puts rows and chunks back, out of the ledger, on hold. Ids that turned up meanwhile come back as refused. */
  restore(tx: Tx, restore: Restore): Promise<Restored>;
  /** Lifts holds of rows that do not exist any more, a page of holds at a time; `after` is `null` on the last. */
  liftVanished(tx: Tx, after: string | null, limit: number): Promise<{ lifted: number; after: string | null }>;
}

export interface Inspection {
  /** `null` when the table does not exist. */
  readonly rows: TableInfo | null;
  readonly chunks: TableInfo | null;
  /** Of each child table, in the order of `childMembers`; `null` where it does not exist. */
  readonly children: readonly (TableInfo | null)[];
  /** A foreign key refuses to leave a chunk without its document. */
  readonly chunksGuarded: boolean;
  /** What is wrong, a sentence each; empty when the mapping fits. */
  readonly problems: readonly string[];
  readonly fingerprint: string;
  /** Fingerprints that earlier releases gave the same mapping and columns. */
  readonly formerFingerprints: readonly string[];
}

export interface TableInfo {
  readonly columns: readonly ColumnInfo[];
  /** Sets of columns in which no two rows agree. */
  readonly uniqueKeys: readonly (readonly string[])[];
  /** Columns that are unique by themselves. */
  readonly uniqueColumns: readonly string[];
}

export interface ColumnInfo {
  readonly name: string;
  readonly type: string;
  readonly generated: boolean;
}

export interface SurveyTerms {
  readonly rule: Rule;
  /** False only where Coppice's tables do not exist or cannot be read, as in a preview with a foreign role. */
  readonly respectHolds: boolean;
}

export interface PartitionCount {
  /** `null`: rows without a partition, never touched. */
  readonly partition: string | null;
  readonly rows: number;
  /** Rows of the partition in the whole table, where the brake's share is of those. */
  readonly tableRows?: number;
  readonly due: number;
  /** Those of the rows that are due which count for the brake; all of them without it. */
  readonly braked?: number;
  readonly reasons: Readonly<Record<string, number>>;
  readonly onHold: number;
  readonly unreadable: number;
  readonly oldest: Date | null;
  /** Digest of the ids that are due, whatever their order. */
  readonly digest: string;
  /** There is something to be done besides: the partition is planned though nothing may be due. */
  readonly besides?: boolean;
}

export interface Items {
  readonly ids: readonly string[];
  /** Where they end; `null` when there are none. */
  readonly after: string | null;
}

export interface Removal {
  /** Items looked at. Fewer than asked for: there are no more. */
  readonly seen: number;
  /** Where they end. */
  readonly after: string | null;
  readonly documents: number;
  /** Documents looked at that were no longer due. */
  readonly spared: number;
  readonly vectors: number;
  /** Rows of child tables. */
  readonly children: number;
  /** Documents that are due and that the database keeps, by reason. */
  readonly kept: readonly Kept[];
}

export interface Kept {
  /** `referenced`: a row that stays references it. `refused`: the database refused to delete it. */
  readonly reason: 'referenced' | 'refused';
  /** SQLSTATE, where the database refused. */
  readonly code: string | null;
  readonly constraint: string | null;
  readonly table: string | null;
  readonly documents: number;
}

export interface LedgerRow {
  readonly id: string;
  /** The document it belongs to; the same as `id` where each row is one. */
  readonly document: string;
}

export interface Intended {
  readonly ids: readonly string[];
  /** Documents that the database keeps, by reason. */
  readonly kept: readonly Kept[];
}

export interface Settlement {
  readonly removed: readonly string[];
  /** Rows of child tables removed with them. */
  readonly children: number;
  /** Changed since T1, or kept by the database: they stay, and their vectors have to be put back. */
  readonly changed: readonly string[];
  /** Those of the changed that the database refused to delete. */
  readonly kept: readonly Kept[];
  /** Deleted by somebody else since T1. */
  readonly vanished: readonly string[];
}

export interface Restore extends LedgerAddress {
  readonly partition: string;
  readonly undoRunNo: number;
  readonly undoRunId: string;
  readonly ids: readonly string[];
  /** Of the job whose run is undone: what it reads of a restored row, the hold remembers. */
  readonly rule: Rule;
  /** Whether rows of other partitions and collections are restored too, where the rows reference them. */
  readonly withReferenced: boolean;
}

export interface Restored {
  readonly restored: readonly string[];
  /** Documents restored besides, because the rows reference them. */
  readonly besides: number;
  readonly vectors: number;
  /** Rows of child tables. */
  readonly children: number;
  readonly refused: readonly string[];
  /** Rows that are neither restored nor refused yet: more rows than one transaction takes had to come first. */
  readonly left: boolean;
  readonly refusals: readonly RestoreRefusal[];
  /** Documents that the database changed as they were inserted, by column. */
  readonly differences: readonly { readonly column: string; readonly documents: number }[];
}

/** Why a row was not restored, beyond that it exists again. */
export interface RestoreRefusal {
  readonly id: string;
  readonly reason: 'missing_reference' | 'refused';
  readonly code: string | null;
  readonly constraint: string | null;
  /** The table of the row that does not exist, or the one that refused. */
  readonly table: string | null;
  /** The key of the row that does not exist. */
  readonly key: string | null;
}

/** The mapping does not fit the live schema. Carries every problem. */
export class MappingError extends Error {
  override readonly name = 'MappingError';
  readonly problems: readonly string[];
  constructor(collection: string, problems: readonly string[]) {
    super(`collection ${collection} cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}
