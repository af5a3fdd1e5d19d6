import type { Db, Tx } from '../../database/schema.ts';
import type { SuspectPreview } from '../../domain/facts/suspect-preview.ts';
import type { DueWork, GraphWorkKind } from '../../domain/graph-item.ts';
import type { MergeEstimate, MergePreview } from '../../domain/merging/merge-state.ts';
import type { GraphGroup } from '../../state/graphs/graph-groups.ts';
import type { GroupTally } from '../../stores/ports/graph-census.ts';
import type { FieldUse } from '../../stores/ports/graph-fields.ts';
import type { GraphStore } from '../../stores/ports/graph-store.ts';
import type { RestoreWork, SweepTerms, TogetherWork } from '../sweep/sweepable.ts';
import type { GraphTools } from './tools.ts';

/**
 * The part of a job that works on the groups of a graph. Work is always on any number of groups that share their commits: one group
 * is the case of one name. Observation, locks, recompute and registry are the same for every job.
 */
export interface GraphStrategy {
  /** Kinds of items in the order in which a group's items are worked on. */
  readonly order: readonly GraphWorkKind[];
  /** Whether a run that is for no single group works on this one. `known`: the registry's row, where it has one. */
  wants(terms: SweepTerms, tally: GroupTally, known: GraphGroup | undefined): boolean;
  /** Items of these groups (at most a thousand) that the run is to work on, a page at a time. Reads only. */
  find(search: Search): AsyncIterable<Found>;
  /**
   * Works on the next batch of what `find` found, at most `size` items of each group; `null`: all of them. Returns whether
   * any are left.
   */
  apply(store: GraphStore, work: TogetherWork, size: number | null): Promise<boolean>;
  /** Finishes what a predecessor in the same run left between two transactions. Idempotent. */
  recover(store: GraphStore, work: TogetherWork): Promise<void>;
  /** Whether communities and centrality of the group are computed when no item is left. */
  recomputes(terms: SweepTerms, group: GraphGroup | null): boolean;
  /** The note that the registry keeps of each group, judged when all other work on the groups is done. */
  conclude(store: GraphStore, work: TogetherWork): Promise<(group: string) => Conclusion>;
  /** The items of a group that the brake's shares are counted in; all its items where absent. */
  rowsOf?(tally: GroupTally): number;
  /** Parts of the mapping that the job reads beside those of every job. */
  readonly reads?: FieldUse;
  /** Changes with what the job reads of the mapping besides that of every job. */
  fingerprint?(store: GraphStore): string;
  /** Undoes the next batch; items of collectors are put back where it is absent. Returns how many it looked at. */
  restore?(store: GraphStore, work: RestoreWork, size: number): Promise<number>;
  /** True: each group is worked on by itself, however small it is, and only where something is due. */
  readonly alone?: boolean;
  /** Takes note that work on a group was given up, where more is kept of it than the dead letter. */
  gaveUp?(tx: Tx, graph: string, group: string, error: string): Promise<void>;
}

export interface Search {
  readonly db: Db;
  readonly store: GraphStore;
  readonly groups: readonly string[];
  readonly terms: SweepTerms;
  readonly signal: AbortSignal;
  readonly tools: GraphTools;
  /** `null`: nothing may be written. */
  readonly runNo: number | null;
}

export interface Found {
  readonly due: readonly DueWork[];
  /** Items that would be due, were they not on hold. */
  readonly held: readonly DueWork[];
  /** A sentence for the survey on something that was looked at otherwise than usual. */
  readonly note?: string;
  /** Pairs of a preview, with what speaks for them. */
  readonly pairs?: readonly MergePreview[];
  /** Merges of a preview by type, with their error rate. */
  readonly estimates?: readonly MergeEstimate[];
  /** Facts of a preview whose validity would be restored, with what speaks for that. */
  readonly facts?: readonly SuspectPreview[];
}

export interface Conclusion {
  /** Whether nothing is left in the group for a collector, now or after its grace. */
  readonly clean: boolean;
  /** Whether this counts as a collection of the group. */
  readonly collected: boolean;
}

/** Of a job that only recomputes. */
export const withoutItems = {
  order: [],
  find: async function* () {},
  apply: async () => false,
  recover: async () => {},
} satisfies Partial<GraphStrategy>;
