import type { Db, Tx } from '../../database/schema.ts';
import type { LedgerAddress } from '../../domain/ledger-address.ts';
import type { UpdateCost } from '../../domain/update-cost.ts';
import type { Batch, GroupBatch } from './batch.ts';

/**
 * Rows of a mapped collection whose values a job changes. An item carries the value to write and what the rule read; it is
 * written only where the row is still as it was read. Former values go into a table of the run's own.
 */
export interface ChangeTable {
  apply(tx: Tx, batch: Batch): Promise<Changes>;
  /** All items of several small partitions; what was done to each, by number. */
  applyTogether(tx: Tx, group: GroupBatch): Promise<ReadonlyMap<number, Changes>>;
  /** Whether the former values of this run are still kept. */
  keepsFormer(db: Db, runNo: number): Promise<boolean>;
  /** Bytes that former values take, of all runs and collections. */
  ledgerBytes(db: Db): Promise<number>;
  /** Writes former values back where a row is still as the run left it; the others are named and marked as refused. */
  undo(tx: Tx, request: UndoChanges): Promise<Undone>;
  /** Returns the cost of writing the rule's field to the table. Reads the catalogue only. */
  updateCost(db: Db, rule: Batch['rule']): Promise<UpdateCost>;
  /** Deletes what is remembered of rows that do not exist any more, at most so many. */
  forgetVanished(tx: Tx, limit: number): Promise<number>;
}

export interface Changes {
  /** Items looked at. */
  readonly seen: number;
  /** Where they end; `null` when there are none. */
  readonly after: string | null;
  readonly changed: number;
  /** Items whose row is not as the survey read it. */
  readonly spared: number;
}

export interface UndoChanges extends LedgerAddress {
  readonly undoRunNo: number;
  readonly undoRunId: string;
  readonly partition: string;
  readonly rule: Batch['rule'];
  readonly limit: number;
}

export interface Undone {
  readonly seen: number;
  readonly restored: number;
  /** Ids of rows that were written or deleted since. */
  readonly refused: readonly string[];
}
