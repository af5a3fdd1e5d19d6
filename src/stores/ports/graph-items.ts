import { createHash } from 'node:crypto';
import type { Tx } from '../../database/schema.ts';
import { canonicalJson } from '../../domain/canonical-json.ts';
import type { CollectRule, GraphItemKind } from '../../domain/collectors.ts';
import type { GraphImage, GraphItem } from '../../domain/graph-item.ts';
import type { GraphFence } from './graph-fence.ts';

/** Removes items and puts them back. Vectors may be in another store than the rest of the graph. */
export interface GraphItems {
  readonly graph: ItemsInDatabase | ItemsOutside;
  readonly vectors: ItemsInDatabase | ItemsOutside;
}

/** The items are in Coppice's own database: their removal, the ledger and the checkpoint commit together. */
export interface ItemsInDatabase {
  readonly at: 'database';
  /** Those of the items that exist, whole. */
  fetch(group: string, items: readonly GraphItem[], signal?: AbortSignal): Promise<GraphImage[]>;
  /**
   * Removes those of the items that are still due, judged anew under row locks; returns them as they were. The items are
   * of one kind and of any number of groups, whose fences the caller's transaction has checked.
   */
  remove(tx: Tx, rule: CollectRule, items: readonly GroupItem[]): Promise<GroupImage[]>;
  /** As `ItemsOutside.restore`. */
  restore(tx: Tx, group: string, images: readonly GraphImage[]): Promise<{ refused: string[] }>;
}

/** The items are in another store: intents with whole images are committed first. A call is for one group, whose fence it checks. */
export interface ItemsOutside {
  readonly at: 'outside';
  /** Those of the items that exist, whole. */
  fetch(group: string, items: readonly GraphItem[], signal?: AbortSignal): Promise<GraphImage[]>;
  /**
   * Removes the images that are still due by the rule and unchanged since they were read, in one step under the fence.
   * An item that is deleted already is no error. Returns the keys (`itemKey`) of the items that stay.
   */
  remove(
    fence: GraphFence,
    rule: CollectRule,
    images: readonly GraphImage[],
    signal?: AbortSignal,
  ): Promise<{ stay: string[] }>;
  /**
   * Puts back what was removed. An item that exists with the same content counts as restored; one that exists with other
   * content, or whose ends are gone where the store needs them, is left alone and its key returned in `refused`.
   */
  restore(fence: GraphFence, images: readonly GraphImage[], signal?: AbortSignal): Promise<{ refused: string[] }>;
}

export interface GroupItem extends GraphItem {
  readonly group: string;
}

export interface GroupImage extends GraphImage {
  readonly group: string;
}

/** Names the content of an item: two images with one digest hold the same, in whatever order a store returns it. */
export function imageDigest({ content }: GraphImage): string {
  return createHash('sha256')
    .update(canonicalJson(JSON.parse(content)))
    .digest('hex')
    .slice(0, 16);
}

/** By the rule, where it names items by their content; `null`: the rule judges them by what collectors find. */
export function isAsSurveyed({ surveyed }: CollectRule, image: GraphImage): boolean | null {
  return surveyed === undefined ? null : surveyed.get(image.id) === imageDigest(image);
}

/** How items of that kind are removed and restored. */
export function wayOf({ graph, vectors }: GraphItems, kind: GraphItemKind): ItemsInDatabase | ItemsOutside {
  return kind === 'vector' ? vectors : graph;
}

/** Whether one transaction can hold all work on a group: then it can also hold the work on several groups. */
export function areInDatabase({ graph, vectors }: GraphItems): boolean {
  return graph.at === 'database' && vectors.at === 'database';
}

/** One text that names an item within its group. */
export function itemKey({ kind, id }: GraphItem): string {
  return `${kind}:${id}`;
}

/** The id of a mention, which has none of its own. */
export function mentionId(document: string, entity: string): string {
  return JSON.stringify([document, entity]);
}

/** Items by kind: a batch in another store is of one kind, images of an undo are of several. */
export function byKind<T extends GraphItem>(items: readonly T[]): Map<GraphItemKind, T[]> {
  return Map.groupBy(items, ({ kind }) => kind);
}
