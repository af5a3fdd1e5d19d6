import type { Dated } from '../../domain/collectors.ts';
import type { GraphImage } from '../../domain/graph-item.ts';
import type { GraphFence } from './graph-fence.ts';
import type { GraphLine } from './graph-loading.ts';
import type { GraphInspection } from './graph-store.ts';

/**
 * Vectors of a graph in another store than the graph is. Documents and entities are looked up in the graph: this store
 * lists the vectors with the ids that each names, and removes and restores them as they were read. As with graphs, a
 * group is in every method that reads or writes data, and an empty scope is an error (`EmptyScopeError`).
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
  /** Returns the vectors that exist, whole. A vector that could not be put back exactly is left out. */
  fetch(group: string, ids: readonly string[], signal?: AbortSignal): Promise<GraphImage[]>;
  /** Describes the images, in their order. */
  describe(group: string, images: readonly GraphImage[], signal?: AbortSignal): Promise<ListedVector[]>;

  /**
   * Removes exactly these vectors as they were read. A vector that was written since stays, and its id is returned; a
   * missing one is no error. None of the others exists when the promise resolves.
   */
  remove(fence: GraphFence, images: readonly GraphImage[], signal?: AbortSignal): Promise<{ changed: string[] }>;
  /** Inserts the vectors that are absent. An existing vector with other content stays, and its id is returned. */
  restore(fence: GraphFence, images: readonly GraphImage[], signal?: AbortSignal): Promise<{ superseded: string[] }>;

  /** Marks vectors of these documents; how many it was. An item that is marked already keeps its date. */
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
