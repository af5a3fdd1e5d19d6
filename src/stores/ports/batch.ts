import type { LedgerAddress } from '../../domain/ledger-address.ts';
import type { Rule } from '../../domain/rules/index.ts';

export interface Batch extends LedgerAddress {
  readonly partition: string;
  readonly rule: Rule;
  /** Where the batch before ended. */
  readonly after: string | null;
  /** Where the batch ends at the latest; absent: its size alone counts. */
  readonly upTo?: string;
  /** Items at the least, while there are any: a document of several rows is never cut. */
  readonly size: number;
  /** Whether the ledger keeps what is removed. */
  readonly keep: boolean;
  /** Of a job that measures its merges, where the vectors are in another store than the rows. */
  readonly recall?: Recall;
}

/** The results of searches after merges, by vectors that were read before the transaction that merges. */
export interface Recall {
  /** Ids of the members that a search would find later, or not at all, were all these merges made. */
  harderToFind(merges: readonly { readonly id: string; readonly survivor: string }[]): ReadonlySet<string>;
}

/** All items of these partitions of a run. */
export interface GroupBatch {
  readonly runNo: number;
  readonly partitions: readonly { readonly no: number; readonly partition: string }[];
  readonly rule: Rule;
  readonly keep: boolean;
}
