/** Where in the ledger the work of a run on a partition stands. */
export interface LedgerAddress {
  readonly runNo: number;
  readonly partNo: number;
}
