import type { Db, Tx } from '../../database/schema.ts';
import type { LedgerAddress } from '../../domain/ledger-address.ts';
import type { Rule } from '../../domain/rules/index.ts';

/** Restores rows out of the ledger, and lifts holds that concern no row any more. */
export interface RowUndo {
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

export interface LedgerRow {
  readonly id: string;
  /** The document it belongs to; the same as `id` where each row is one. */
  readonly document: string;
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
