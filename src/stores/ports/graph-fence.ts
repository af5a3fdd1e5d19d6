/** Nothing is written without one: the store refuses (`GraphFenceError`) once a higher epoch has written. */
export interface GraphFence {
  readonly group: string;
  readonly epoch: number;
}

/** A writer with a higher epoch has taken the group over: the writer that gets this error stops. */
export class GraphFenceError extends Error {
  override readonly name = 'GraphFenceError';
  constructor(epoch: number) {
    super(`the group was taken over since epoch ${epoch}: nothing was written`);
  }
}
