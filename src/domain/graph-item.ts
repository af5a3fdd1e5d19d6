import type { GraphItemKind, Stale } from './collectors.ts';

/**
 * Objects that a run on a graph works on: its items, pairs that are merged or taken apart, facts and their validity as
 * they were surveyed.
 */
export type GraphWorkKind = GraphItemKind | 'merge' | 'split' | 'fact' | 'validity';

/** Something that is due in a group. */
export interface DueWork {
  readonly group: string;
  readonly kind: GraphWorkKind;
  readonly id: string;
  readonly reason: string;
  readonly since: Date | null;
}

export interface GraphItem {
  readonly kind: GraphItemKind;
  /** Unique by kind within the group. Of a mention: JSON of document and entity. */
  readonly id: string;
}

export interface StaleItem extends GraphItem, Stale {
  readonly group: string;
  /** Whether its grace is over. */
  readonly due: boolean;
  /** Its own dates as written: a hold lasts until they change. */
  readonly dates: string;
}

/** One item as it stood, whole: enough to put it back exactly. */
export interface GraphImage extends GraphItem {
  /** The store's own form as JSON text: a parser would round integers beyond 2^53. `dates` as in `StaleItem`. */
  readonly content: string;
  readonly dates: string;
}
