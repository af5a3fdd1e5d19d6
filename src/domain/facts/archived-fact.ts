/**
 * A fact with the property that marks it as archived, in a form that the ledger keeps; values are the store's own JSON. Of a fact
 * that was moved, `after` names the table that holds it, and what of it has to be unchanged there.
 */
export interface ArchivedFact {
  readonly id: string;
  /** The fact's own dates as written: a hold lasts until they change. */
  readonly dates: string;
  /** Properties that have to be unchanged when the mark is set. */
  readonly seen: Readonly<Record<string, unknown>>;
  readonly before: Readonly<Record<string, unknown>>;
  readonly after: Readonly<Record<string, unknown>>;
}

/** The table that facts were moved to, as the record names it; `null`: they were marked where they are. */
export function movedTo({ after: { table = null } }: ArchivedFact): string | null {
  return typeof table === 'string' ? table : null;
}

/** The change that takes the mark off, whatever else of the fact has changed since. */
export function unarchived({ before, after, ...fact }: ArchivedFact): ArchivedFact {
  return { ...fact, seen: {}, before: after, after: before };
}
