import type { Tx } from '../../database/schema.ts';
import type { MergePair, MergeRecord } from '../../domain/merging/merge-record.ts';
import type { GraphFence } from './graph-fence.ts';

/** Compares entities, merges one into another, and takes such a merge apart. A merge is whole or it has not happened. */
export interface GraphMerging {
  /** Entities of a group with what tells them apart, a page at a time, in any order. Those that are deprecated are left out. */
  compared(group: string, signal?: AbortSignal): AsyncIterable<readonly ComparedEntity[]>;
  /** These entities with their neighbours, for a person to judge; one that does not exist is absent. */
  describe(group: string, ids: readonly string[], signal?: AbortSignal): Promise<readonly DescribedEntity[]>;
  readonly merges: MergesInDatabase | MergesOutside;
  /** Facts of a group, a page at a time; none where the mapping does not name their text. */
  comparedFacts(group: string, signal?: AbortSignal): AsyncIterable<readonly ComparedFact[]>;
}

export interface ComparedFact {
  readonly id: string;
  /** Only facts of one place are compared: same ends, same name, same validity. */
  readonly place: string;
  readonly name: string;
  readonly text: string;
  readonly vector: readonly number[] | null;
  readonly createdAt: Date | null;
  /** How many documents it comes from. */
  readonly documents: number;
}

export interface ComparedEntity {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly text: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly vector: readonly number[] | null;
  readonly createdAt: Date | null;
  /** Its mentions and relations. */
  readonly degree: number;
  /** Merged only where a person accepts it. */
  readonly isPinned: boolean;
}

export interface DescribedEntity extends Pick<ComparedEntity, 'id' | 'type' | 'name' | 'text' | 'properties'> {
  readonly createdAt: Date | null;
  /** Names of entities that a relation joins it to, the first by name. */
  readonly neighbours: readonly string[];
}

/** Limits of a merge; a larger one waits for a person. */
export interface MergeLimits {
  readonly maxEdges: number;
  readonly maxBytes: number;
}

/** Why a pair is not merged. */
export type NotMerged = 'missing' | 'too_large' | 'unknown_edges' | 'not_readable' | 'constraint' | 'changed';

export type Prepared = { readonly record: MergeRecord } | { readonly refused: NotMerged };

/**
 * Items that an undo put back, and ids of those that it could not, since the application has changed or deleted them.
 */
export type Unmerged =
  | { readonly undone: true; readonly differences: readonly string[] }
  | { readonly undone: false; readonly reason: string };

/** The graph is in Coppice's own database: rows, ledger and checkpoint commit together. */
export interface MergesInDatabase {
  readonly at: 'database';
  /** Merges under row locks; everything or nothing of it is in the transaction. */
  merge(tx: Tx, group: string, pair: MergePair, limits: MergeLimits): Promise<Prepared>;
  unmerge(tx: Tx, group: string, record: MergeRecord): Promise<Unmerged>;
}

/**
 * The graph is in another store. The record is written down first; then the merge is made from it. Both calls may be
 * repeated: where a merge was made half, the same call finishes it.
 */
export interface MergesOutside {
  readonly at: 'outside';
  prepare(group: string, pair: MergePair, limits: MergeLimits, signal?: AbortSignal): Promise<Prepared>;
  /** Merges as recorded, or changes nothing where the two are not as they were read. */
  merge(fence: GraphFence, record: MergeRecord, signal?: AbortSignal): Promise<'merged' | 'changed'>;
  unmerge(fence: GraphFence, record: MergeRecord, signal?: AbortSignal): Promise<Unmerged>;
}
