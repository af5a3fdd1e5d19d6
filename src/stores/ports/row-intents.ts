import type { Db, Tx } from '../../database/schema.ts';
import type { LedgerAddress } from '../../domain/ledger-address.ts';
import type { Rule } from '../../domain/rules/index.ts';
import type { Batch } from './batch.ts';
import type { Kept } from './row-removal.ts';

/** Removes rows whose vectors are in another store, by intents. */
export interface RowIntents {
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
}

export interface Items {
  readonly ids: readonly string[];
  /** Where they end; `null` when there are none. */
  readonly after: string | null;
}

export interface Intended {
  readonly ids: readonly string[];
  /** Documents that the database keeps, by reason. */
  readonly kept: readonly Kept[];
  /** Of a job that measures its merges: clusters that it does not merge, and rows that stay because of that. */
  readonly reverted?: { readonly clusters: number; readonly rows: number };
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
