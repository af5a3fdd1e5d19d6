import type { Tx } from '../../database/schema.ts';
import type { CollectRule, GraphItemKind } from '../../domain/collectors.ts';
import type { GraphImage, GraphItem, StaleItem } from '../../domain/graph-item.ts';
import type { GraphMapping } from '../../domain/graph-mapping.ts';
import type { EntityResult, GraphEdges, GraphResults, GroupTally, Membership } from './graph-data.ts';
import type { GroupsTogether } from './groups-together.ts';

/**
 * What a store of graphs must do. A group is in every method that reads or writes data: an empty one is an error
 * (`EmptyScopeError`), never "all". Data without a group is counted and never touched.
 */
export interface GraphStore {
  readonly mapping: GraphMapping;
  /** Where this is, for messages. Never carries credentials. */
  readonly description: string;

  /** Resolves when the store answers; rejects with a `StoreError` that says what to do. */
  probe(signal?: AbortSignal): Promise<void>;
  /** Makes what is missing of the default schema, and what a recompute writes; never alters what exists. */
  ensure(): Promise<void>;
  /** Compares the mapping with what is there; reads only. The fingerprint changes with either. */
  inspect(signal?: AbortSignal): Promise<GraphInspection>;

  /** Every group with what it holds, a page at a time, in one pass over the store; reads only. */
  tallies(signal?: AbortSignal): AsyncIterable<readonly GroupTally[]>;
  /** What one group holds now; all zero where there is nothing. */
  tally(group: string, signal?: AbortSignal): Promise<GroupTally>;
  /** Nodes, rows and edges that belong to no group. */
  unscoped(signal?: AbortSignal): Promise<number>;

  /** What is stale in these groups (at most a thousand), due or still within its grace, a page at a time; reads only. */
  stale(groups: readonly string[], rule: CollectRule, signal?: AbortSignal): AsyncIterable<readonly StaleItem[]>;
  /** How items go and come back: `wayOf` says it of one kind. */
  readonly items: ItemsInDatabase | ItemsOutside;
  /** The same of vectors, where they are in another store than the graph is. */
  readonly vectorItems?: ItemsOutside;
  /** Of these documents and entities those that stand. */
  standing(named: readonly Named[], signal?: AbortSignal): Promise<readonly Standing[]>;

  /** Marks documents of the group as deprecated, with the edges and vectors that come from them alone; idempotent. */
  deprecate(group: string, documents: readonly string[], at: Date, signal?: AbortSignal): Promise<Deprecated>;

  /**
   * Writes lines of the default schema, replacing what stands under the same id; `null` where the graph is the
   * application's own. All lines of a call, or none, where the store can.
   */
  readonly load: ((lines: readonly GraphLine[]) => Promise<void>) | null;

  /** Entities with ids, in pages, of one group; in any order. */
  entities(group: string, signal?: AbortSignal): AsyncIterable<readonly string[]>;
  /** Edges that are not deprecated, the same. One may have an end that is no entity: it counts for nothing. */
  edges(group: string, signal?: AbortSignal): AsyncIterable<GraphEdges>;
  /** What the group's readers see now; `null` before the first recompute. */
  results(group: string, signal?: AbortSignal): Promise<GraphResults | null>;
  /** Communities that readers see, by entity, in pages: the seeds of the next recompute. */
  communities(group: string, signal?: AbortSignal): AsyncIterable<readonly Membership[]>;
  /**
   * Writes a page of results beside those that readers see. `version` is the epoch of the work: what a predecessor left
   * half written has another.
   */
  writeResults(fence: GraphFence, version: number, page: readonly EntityResult[], signal?: AbortSignal): Promise<void>;
  /** From now on readers see this version; what no reader needs any more is dropped. */
  publish(fence: GraphFence, results: GraphResults, signal?: AbortSignal): Promise<void>;
  /** The store's own algorithms, where it has them; `null`: they run in the worker. */
  readonly algorithms: GraphAlgorithms | null;
  /** Many groups at once; `null` where each goes by itself. */
  readonly together: GroupsTogether | null;

  close(): Promise<void>;
}

/** What a vector belongs to, by its id within a group. */
export interface Named {
  readonly group: string;
  readonly kind: 'document' | 'entity';
  readonly id: string;
}

export interface Standing extends Named {
  /** Of a document. */
  readonly deprecatedAt: Date | null;
}

/** Nothing is written but under one: the store refuses (`GraphFenceError`) once a higher epoch has written. */
export interface GraphFence {
  readonly group: string;
  readonly epoch: number;
}

/** The graph is in Coppice's own database: what goes, the ledger and the checkpoint commit together. */
export interface ItemsInDatabase {
  readonly at: 'database';
  /** Those of the items that stand, whole. */
  fetch(group: string, items: readonly GraphItem[], signal?: AbortSignal): Promise<GraphImage[]>;
  /** Removes those of the items that are still due, judged anew under row locks; returns them as they stood. */
  remove(tx: Tx, group: string, rule: CollectRule, items: readonly GraphItem[]): Promise<GraphImage[]>;
  /** As `ItemsOutside.restore`. */
  restore(tx: Tx, group: string, images: readonly GraphImage[]): Promise<{ refused: string[] }>;
}

/** The graph is elsewhere: intents with whole images are written down first. */
export interface ItemsOutside {
  readonly at: 'outside';
  /** Those of the items that stand, whole. */
  fetch(group: string, items: readonly GraphItem[], signal?: AbortSignal): Promise<GraphImage[]>;
  /**
   * Removes those of the images that are still due by the rule and stand as they were read, judged and removed as one
   * under the fence. One that is gone already is fine. Returns the keys (`itemKey`) of those that stay.
   */
  remove(
    fence: GraphFence,
    rule: CollectRule,
    images: readonly GraphImage[],
    signal?: AbortSignal,
  ): Promise<{ stay: string[] }>;
  /**
   * Puts back what was removed. One that stands with the same content counts as restored; one that stands with other
   * content, or whose ends are gone where the store needs them, is left alone and its key returned in `refused`.
   */
  restore(fence: GraphFence, images: readonly GraphImage[], signal?: AbortSignal): Promise<{ refused: string[] }>;
}

export interface GraphInspection {
  readonly problems: readonly string[];
  readonly fingerprint: string;
}

/** What a group's collectors and its brake count. */
export function itemsOf({ entities, mentions, relations, vectors }: GroupTally): number {
  return entities + mentions + relations + vectors;
}

export interface Deprecated {
  /** Documents that are deprecated since; those that were before are not counted. */
  readonly documents: number;
  /** Ids that the group does not have. */
  readonly missing: readonly string[];
  readonly relations: number;
  readonly vectors: number;
}

/** A line of `coppice load graph`, checked. Times are instants in ISO 8601. */
export type GraphLine = GraphLineBase &
  (
    | { readonly type: 'document'; readonly id: string }
    | { readonly type: 'entity'; readonly id: string; readonly entity_type?: string }
    | { readonly type: 'mention'; readonly document: string; readonly entity: string }
    | {
        readonly type: 'relation';
        readonly id: string;
        readonly source: string;
        readonly target: string;
        readonly document?: string;
        readonly weight?: number;
      }
    | { readonly type: 'vector'; readonly id: string; readonly document?: string; readonly entity?: string }
  );

interface GraphLineBase {
  readonly group_id: string;
  readonly name?: string;
  readonly summary?: string;
  readonly embedding?: readonly number[];
  readonly created_at?: string;
  readonly deprecated_at?: string;
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

/** Somebody with a higher epoch has written to the group: whoever meets it stops. */
export class GraphFenceError extends Error {
  override readonly name = 'GraphFenceError';
  constructor(epoch: number) {
    super(`the group was taken over since epoch ${epoch}: nothing was written`);
  }
}

/** How items of that kind go and come back. */
export function wayOf({ items, vectorItems }: GraphStore, kind: GraphItemKind): ItemsInDatabase | ItemsOutside {
  return kind === 'vector' ? (vectorItems ?? items) : items;
}

/** One text that names an item within its group. */
export function itemKey({ kind, id }: GraphItem): string {
  return `${kind}:${id}`;
}

/** The id of a mention, which has none of its own. */
export function mentionId(document: string, entity: string): string {
  return JSON.stringify([document, entity]);
}

/** Batches are mostly of one kind; images of an undo are of several. */
export function byKind<T extends GraphItem>(items: readonly T[]): Map<GraphItemKind, T[]> {
  const map = new Map<GraphItemKind, T[]>();
  for (const item of items) {
    const some = map.get(item.kind);
    if (some === undefined) map.set(item.kind, [item]);
    else some.push(item);
  }
  return map;
}
