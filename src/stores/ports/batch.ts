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
}

/** All items of these partitions of a run. */
export interface GroupBatch {
  readonly runNo: number;
  readonly partitions: readonly { readonly no: number; readonly partition: string }[];
  readonly rule: Rule;
  readonly keep: boolean;
}
