import type { Tx } from '../../database/schema.ts';
import type { Rule } from '../../domain/rules/index.ts';

/** Counts rows that are due, and binds a run to them. */
export interface RowSurveys {
  /** Counts by partition, in the order of their names, a page at a time. Writes nothing without `runNo`. */
  survey(tx: Tx, terms: SurveyTerms): AsyncGenerator<readonly PartitionCount[]>;
  /** A few ids that are due, by partition. Reads only; of a run's survey after `collect`. */
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
}

export interface SurveyTerms {
  readonly rule: Rule;
  /** False only where Coppice's tables do not exist or cannot be read, as in a preview with a foreign role. */
  readonly respectHolds: boolean;
  /** The run that is surveyed, for which `survey` may write down what is due until `collect`; absent: nothing is written. */
  readonly runNo?: number;
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
