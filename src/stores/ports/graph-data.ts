export interface Membership {
  readonly entity: string;
  readonly community: number;
}

export interface EntityResult extends Membership {
  readonly centrality: number;
}

/** Edges as columns: the arrays are of one length. */
export interface GraphEdges {
  readonly sources: readonly string[];
  readonly targets: readonly string[];
  readonly weights: readonly number[];
}

export interface GraphResults {
  readonly version: number;
  readonly communities: number;
  /** Of what was computed on, and how; empty where the results have to be written anew all the same. */
  readonly hash: string;
  readonly computedAt: Date;
}

export interface GroupTally {
  readonly group: string;
  readonly documents: number;
  readonly entities: number;
  readonly mentions: number;
  readonly relations: number;
  readonly vectors: number;
  /** Changes when anything of the group's shape changed: counts, deprecations. */
  readonly digest: string;
  /** Whether results are not where a recompute has to leave them: the application may have deleted them. Not in the digest. */
  readonly resultsMissing?: boolean;
}
