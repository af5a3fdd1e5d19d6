import type { Db, Tx } from '../../database/schema.ts';
import type { CollectRule } from '../../domain/collectors.ts';
import type { GraphImage, GraphItem, StaleItem } from '../../domain/graph-item.ts';
import type { EntityResult, GraphEdges, GraphResults, GroupTally } from './graph-data.ts';

/**
 * Many small groups in a few statements, where the whole graph is in Coppice's own database: what costs there is a
 * statement, whatever number of small groups it is for. What is said of one group (`GraphStore`, `ItemsInDatabase`)
 * holds for each of them. Groups are at most a thousand and never none (`EmptyScopeError`); the caller's transaction
 * has checked the fence of each.
 */
export interface GroupsTogether {
  /** As `ItemsInDatabase.remove`; items of one kind. */
  remove(tx: Tx, rule: CollectRule, items: readonly GroupItem[]): Promise<GroupImage[]>;
  /** What is computed on, and what readers see now; of every group that is asked for. */
  read(db: Db, groups: readonly string[]): Promise<ReadonlyMap<string, WholeGroup>>;
  /** Results are written and readers see them, with the same commit. */
  publish(tx: Tx, groups: readonly PublishedGroup[]): Promise<void>;
  tallies(db: Db, groups: readonly string[]): Promise<ReadonlyMap<string, GroupTally>>;
  stale(tx: Tx, groups: readonly string[], rule: CollectRule): AsyncIterable<readonly StaleItem[]>;
}

export interface GroupItem extends GraphItem {
  readonly group: string;
}

export interface GroupImage extends GraphImage {
  readonly group: string;
}

export interface WholeGroup {
  readonly entities: readonly string[];
  /** As `GraphStore.edges`. */
  readonly edges: GraphEdges;
  readonly results: GraphResults | null;
  readonly communities: Memberships;
}

export interface Memberships {
  readonly entities: readonly string[];
  readonly communities: readonly number[];
}

export interface PublishedGroup extends GraphResults {
  readonly group: string;
  readonly entities: readonly EntityResult[];
}
