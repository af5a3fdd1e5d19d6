/** A run as leases and locks name it. */
export interface RunIdentity {
  /** First execution run id of the chain. */
  readonly runId: string;
  readonly workflowId: string;
  readonly namespace: string;
}
