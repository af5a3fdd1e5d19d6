import type { CollectRule } from '../../domain/collectors.ts';
import type { StaleItem } from '../../domain/graph-item.ts';

/** Counts and judges what a graph holds. Reads only. */
export interface GraphCensus {
  /** Every group with what it holds, a page at a time, in one pass over the store. */
  tallies(signal?: AbortSignal): AsyncIterable<readonly GroupTally[]>;
  /** The counts of each of these groups (at most a thousand) as they are now; all zero where there is nothing. */
  talliesOf(groups: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, GroupTally>>;
  /** Nodes, rows and edges that belong to no group. */
  unscoped(signal?: AbortSignal): Promise<number>;
  /** Stale items of these groups (at most a thousand), due or still within their grace, a page at a time. */
  stale(groups: readonly string[], rule: CollectRule, signal?: AbortSignal): AsyncIterable<readonly StaleItem[]>;
  /** Those of these documents and entities that exist. */
  standing(named: readonly Named[], signal?: AbortSignal): Promise<readonly Standing[]>;
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

/** The owner of a vector, by its id within a group. */
export interface Named {
  readonly group: string;
  readonly kind: 'document' | 'entity';
  readonly id: string;
}

export interface Standing extends Named {
  /** Of a document. */
  readonly deprecatedAt: Date | null;
}

export async function tallyOf(
  census: Pick<GraphCensus, 'talliesOf'>,
  group: string,
  signal?: AbortSignal,
): Promise<GroupTally> {
  const tally = (await census.talliesOf([group], signal)).get(group);
  if (tally === undefined) throw new Error('the store counts every group that it is asked for');
  return tally;
}

/** How many items of the group its collectors and its brake count. */
export function itemsOf({ entities, mentions, relations, vectors }: GroupTally): number {
  return entities + mentions + relations + vectors;
}
