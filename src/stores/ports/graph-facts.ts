import type { DatedFact } from '../../domain/facts/expiry.ts';

/** Reads facts: relations that carry a text. */
export interface GraphFacts {
  /** Facts of a group with their dates, a page at a time, in any order. Those that are deprecated are left out. */
  dated(group: string, signal?: AbortSignal): AsyncIterable<readonly DatedFact[]>;
}
