/** A graph larger than the configured bound: refused while it streams in, before it fills the memory. */
export class GraphTooLargeError extends Error {
  override name = 'GraphTooLargeError';

  constructor(what: 'nodes' | 'edges', limit: number) {
    super(`The graph has more than ${limit} ${what}, which is the limit`);
  }
}

/** A weight below zero, beyond 1e100 or not a number: neither PageRank nor modularity has a meaning with it. */
export class InvalidWeightError extends Error {
  override name = 'InvalidWeightError';

  constructor(weight: number) {
    super(`The weight of an edge is a number from 0 to 1e100, not ${weight}`);
  }
}
