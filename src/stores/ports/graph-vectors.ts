import type { Dated } from '../../domain/collectors.ts';
import type { GraphImage } from '../../domain/graph-item.ts';
import type { GraphFence } from './graph-fence.ts';
import type { GraphLine } from './graph-loading.ts';
import type { GraphInspection } from './graph-store.ts';

/**
 * Vectors of a graph in another store than the graph is. What they belong to is asked of the graph: this store says which
 * vectors there are and what each names, and removes and restores them as they were read. As with graphs, a group is in
 * every method that reads or writes data, and an empty scope is an error (`EmptyScopeError`).
 */
export interface GraphVectors {
  /** Where this is, for messages. Never carries credentials. */
  readonly description: string;

  probe(signal?: AbortSignal): Promise<void>;
  /** Makes what is missing of the default schema; never alters what exists. */
  ensure(): Promise<void>;
  inspect(signal?: AbortSignal): Promise<GraphInspection>;

  /** Of every group, in one pass. */
  tallies(signal?: AbortSignal): Promise<ReadonlyMap<string, VectorTally>>;
  /** Of these groups; one without vectors may be absent. */
  talliesOf(groups: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, VectorTally>>;
  /** Vectors that belong to no group. */
  unscoped(signal?: AbortSignal): Promise<number>;

  /** Every vector of these groups with what it names, a page at a time. */
  list(groups: readonly string[], signal?: AbortSignal): AsyncIterable<readonly ListedVector[]>;
  /** Those of the vectors that stand, whole. What could not be put back exactly is left out. */
  fetch(group: string, ids: readonly string[], signal?: AbortSignal): Promise<GraphImage[]>;
  /** What the images say of themselves, in their order. */
  describe(group: string, images: readonly GraphImage[], signal?: AbortSignal): Promise<ListedVector[]>;

  /**
   * Removes exactly these as they were read. One that was written since stays, and its id is returned; one that is gone
   * already is fine. None of the others stands when it resolves.
   */
  remove(fence: GraphFence, images: readonly GraphImage[], signal?: AbortSignal): Promise<{ changed: string[] }>;
  /** Inserts those that are absent. One that stands with other content is left alone, and its id returned. */
  restore(fence: GraphFence, images: readonly GraphImage[], signal?: AbortSignal): Promise<{ superseded: string[] }>;

  /** Marks vectors of these documents; how many it was. What is marked already keeps its date. */
  deprecate(group: string, documents: readonly string[], at: Date, signal?: AbortSignal): Promise<number>;
  /** As `GraphLoading.load`. */
  readonly load: ((lines: readonly VectorLine[]) => Promise<void>) | null;

  close(): Promise<void>;
}

export interface VectorTally {
  readonly vectors: number;
  readonly digest: string;
}

export interface ListedVector extends Dated {
  readonly group: string;
  readonly id: string;
  /** `null`: it belongs to none. */
  readonly document: string | null;
  readonly entity: string | null;
  /** As in `StaleItem`. */
  readonly dates: string;
}

export type VectorLine = Extract<GraphLine, { type: 'vector' }>;
