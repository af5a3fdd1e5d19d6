import type { ColumnType, Generated } from 'kysely';
import type { GraphWorkKind } from '../domain/graph-item.ts';

/** State of a group of a graph. Values of the application's columns are never stored here. */
export interface GraphGroupsTable {
  /** Hash of graph and group: ids may be longer than an index can hold. */
  key: string;
  graph: string;
  group_id: string;
  /** Rises whenever the group becomes stale anew: staleness is cleared only for the version that the work began with. */
  version: Generated<number>;
  /** Null while it is not stale. */
  stale_since: Date | null;
  stale_reason: string | null;
  needs_recompute: Generated<boolean>;
  /** Since when it needs one; kept by a trigger. */
  recompute_since: Generated<Date | null>;
  /** Digest of what the group held when it was last observed. */
  tally: string | null;
  /** Entities, edges and vectors at the last look. */
  items: Generated<number>;
  collected_at: Date | null;
  recomputed_at: Date | null;
  /** Of the graph, and the settings, that the results were computed from. */
  results_hash: string | null;
  communities: number | null;
  /** Collections that failed one after the other. */
  failures: Generated<number>;
  last_error: string | null;
  added_at: Generated<Date>;
  /** Entities that collections have removed since the group is known; what an undo puts back stays counted. */
  orphans_cleaned: Generated<number>;
  /** Times that results were computed and written. */
  recomputes: Generated<number>;
}

/** Items that collectors removed from a graph, whole, or are about to. */
export interface LedgerGraphTable {
  run_no: number;
  day: Date;
  graph: string;
  part_no: number;
  kind: GraphWorkKind;
  item_id: string;
  content: ColumnType<Record<string, unknown>, string, string>;
  /** The item's own dates as written: what a hold remembers. */
  dates: string;
  /** `intent` until it is gone from the store outside. */
  state: 'intent' | null;
  refused: number | null;
}
