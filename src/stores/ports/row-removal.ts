import type { Tx } from '../../database/schema.ts';
import type { Batch, GroupBatch } from './batch.ts';

/** Removes rows whose chunks and vectors share the database. */
export interface RowRemoval {
  /** Removes one batch, with chunks and vectors that share the database, into the ledger where the batch says so. */
  remove(tx: Tx, batch: Batch): Promise<Removal>;
  /** Removes all that is due in several small partitions at once; what was done to each, by number. */
  removeTogether(tx: Tx, group: GroupBatch): Promise<ReadonlyMap<number, Removal>>;
}

export interface Removal {
  /** Items looked at. Fewer than asked for: there are no more. */
  readonly seen: number;
  /** Where they end. */
  readonly after: string | null;
  readonly documents: number;
  /** Documents looked at that were no longer due. */
  readonly spared: number;
  /** Clusters of a job that merges which the run did not merge, since a search would have found less. */
  readonly reverted?: number;
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
