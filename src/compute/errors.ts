/** A graph larger than the configured bound: refused while it streams in, before it fills the memory. */
export class GraphTooLargeError extends Error {
  override name = 'GraphTooLargeError';

  constructor(what: 'nodes' | 'edges', limit: number) {
    super(`The graph has more than ${limit} ${what}, which is the limit`);
  }
}

/** A weight below zero, infinite or not a number: neither PageRank nor modularity has a meaning with it. */
export class InvalidWeightError extends Error {
  override name = 'InvalidWeightError';

  constructor(weight: number) {
    super(`The weight of an edge is a finite number of at least 0, not ${weight}`);
  }
}
