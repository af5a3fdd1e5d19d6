import type { FactValidity } from '../../domain/facts/invalidations.ts';
import type { RestoredValidity } from '../../domain/facts/restored-validity.ts';
import type { GraphFence } from './graph-fence.ts';

/** Reads and writes until when facts hold, in a graph outside Coppice's database. */
export interface GraphValidity {
  /** Facts of a group with their dates, a page at a time, in any order. Those that are deprecated are left out. */
  dated(group: string, signal?: AbortSignal): AsyncIterable<readonly FactValidity[]>;
  /** Returns the facts that exist exactly once, with their text and the dates that mark them as retired. */
  fetch(group: string, ids: readonly string[], signal?: AbortSignal): Promise<readonly RestoredValidity[]>;
  /**
   * Writes `after` where text and dates are as in `before`, or written already. Each call may be repeated. Returns the ids of the
   * facts that have these dates now.
   */
  write(fence: GraphFence, changes: readonly RestoredValidity[], signal?: AbortSignal): Promise<ReadonlySet<string>>;
}
