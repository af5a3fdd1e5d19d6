import type { GraphFence } from './graph-fence.ts';

/**
 * Reads graphs to compute on, and writes what was computed. Every method takes any number of groups (at most a thousand,
 * and never none): what a statement costs is then paid once for many small groups, and a large one comes alone.
 */
export interface GraphCompute {
  /** Entities with ids, in any order. */
  entities(groups: readonly string[], signal?: AbortSignal): AsyncIterable<readonly GroupEntities[]>;
  /** Edges that are not deprecated, in any order. One may have an end that is no entity: it counts for nothing. */
  edges(groups: readonly string[], signal?: AbortSignal): AsyncIterable<readonly GroupEdges[]>;
  /** Results that readers of each group see now; a group without results is absent. */
  results(groups: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, GraphResults>>;
  /** Communities that readers see, by entity: the seeds of the next recompute. */
  communities(groups: readonly string[], signal?: AbortSignal): AsyncIterable<readonly GroupMembers[]>;
  /** Writes results where no reader looks yet. */
  write(results: readonly NewResults[], signal?: AbortSignal): Promise<void>;
  /** From now on readers see these versions; results that no reader needs any more are dropped. */
  publish(published: readonly Published[], signal?: AbortSignal): Promise<void>;
  /** The store's own algorithms, where it has them; `null`: the worker computes. */
  readonly algorithms: GraphAlgorithms | null;
}

/** Part of a group's entities. */
export interface GroupEntities {
  readonly group: string;
  readonly entities: readonly string[];
}

/** Part of a group's edges, as columns: the arrays are of one length. */
export interface GroupEdges {
  readonly group: string;
  readonly sources: readonly string[];
  readonly targets: readonly string[];
  readonly weights: readonly number[];
}

/** Part of what readers of a group see, as columns. */
export interface GroupMembers extends GroupEntities {
  readonly communities: readonly number[];
}

export interface EntityResult {
  readonly entity: string;
  readonly community: number;
  readonly centrality: number;
}

export interface GraphResults {
  readonly version: number;
  readonly communities: number;
  /** Of what was computed on, and how; empty where the results have to be written anew all the same. */
  readonly hash: string;
  readonly computedAt: Date;
}

/** Part of a group's new results. `version` is the epoch of the work: results that a predecessor left half written have another. */
export interface NewResults {
  readonly fence: GraphFence;
  readonly version: number;
  readonly entities: readonly EntityResult[];
}

export interface Published {
  readonly fence: GraphFence;
  readonly results: GraphResults;
}

/** Communities and centrality by the store itself, in a projection of its own that is dropped when done. */
export interface GraphAlgorithms {
  /** Pages of results; community ids are those of `seeds` where membership mostly stays. */
  run(group: string, request: AlgorithmRequest, signal?: AbortSignal): AsyncIterable<readonly EntityResult[]>;
  /** Drops projections that runs which have ended left behind. */
  sweep(isOpen: (runId: string) => Promise<boolean>, signal?: AbortSignal): Promise<number>;
}

export interface AlgorithmRequest {
  /** Names the projection. */
  readonly runId: string;
  readonly algorithm: 'leiden' | 'louvain';
  readonly resolution: number;
  /** Of community detection. */
  readonly maxIterations: number;
  readonly damping: number;
  readonly maxRankIterations: number;
  readonly tolerance: number;
  readonly seed: number;
  readonly seeds: ReadonlyMap<string, number>;
}
