import { canonicalJson } from '../canonical-json.ts';

/** A fact with the dates that a run takes from it, in a form that the ledger keeps. Values are the store's own JSON. */
export interface RestoredValidity {
  readonly id: string;
  /** Has to be unchanged when dates are taken or given back. */
  readonly text: unknown;
  /** By property; `null` where it has none. */
  readonly before: Readonly<Record<string, unknown>>;
  readonly after: Readonly<Record<string, unknown>>;
}

/** The change that takes another one back. */
export function reversed({ before, after, ...fact }: RestoredValidity): RestoredValidity {
  return { ...fact, before: after, after: before };
}

/** The dates as written: a hold lasts until they change. */
export function datesOf({ before }: RestoredValidity): string {
  return canonicalJson(before);
}
