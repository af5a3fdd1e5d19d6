import type { Tx } from '../../database/schema.ts';
import type { ArchivedFact } from '../../domain/facts/archived-fact.ts';
import type { DatedFact } from '../../domain/facts/expiry.ts';
import type { GraphImage } from '../../domain/graph-item.ts';
import type { GraphFence } from './graph-fence.ts';

/** Reads facts: relations that carry a text. */
export interface GraphFacts {
  /** Facts of a group with their dates, a page at a time, in any order. Those that are deprecated or archived are left out. */
  dated(group: string, signal?: AbortSignal): AsyncIterable<readonly DatedFact[]>;
  /** Marks facts as archived by a property of their own, or moves them to a table; `null`: the mapping names neither. */
  readonly archive: MarksInDatabase | MarksOutside | null;
}

/** Facts in Coppice's own database: the mark, the ledger and the checkpoint commit together. */
export interface MarksInDatabase {
  readonly at: 'database';
  /** The table of the application's that facts are moved to; `null`: they are marked where they are. */
  readonly table: string | null;
  /**
   * Marks the facts that have no mark and the digest of content that the survey saw (`surveyed`, by id), under row locks. Returns
   * the changes, with the mark as the column returns it.
   */
  mark(tx: Tx, group: string, at: Date, surveyed: ReadonlyMap<string, string>): Promise<readonly ArchivedFact[]>;
  /** Takes the mark off where it is as it was written. Returns the ids of these facts. */
  unmark(tx: Tx, group: string, facts: readonly ArchivedFact[]): Promise<ReadonlySet<string>>;
}

/** Facts in another store: changes are committed as intents first. */
export interface MarksOutside {
  readonly at: 'outside';
  /** The change that marks a fact which is as the image holds it; `null`: it has a mark. */
  changeOf(image: GraphImage, at: Date): ArchivedFact | null;
  /**
   * Writes `after` where the fact has `seen` and `before`, or has `after` already. Each call may be repeated. Returns the ids of the
   * facts that have `after` now.
   */
  write(fence: GraphFence, changes: readonly ArchivedFact[], signal?: AbortSignal): Promise<ReadonlySet<string>>;
}
