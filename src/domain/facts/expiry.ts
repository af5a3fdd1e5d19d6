/** Facts that are past their time to live. Their statements may still be true: they are archived, never deleted. */

export interface FactTerms {
  readonly cutoff: Date;
  /** `null`: facts do not expire, unless their name has a time of its own. */
  readonly ttlDays: number | null;
  /** By name of the relation; `null`: such facts do not expire. */
  readonly ttlDaysOf: ReadonlyMap<string, number | null>;
}

export interface DatedFact {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date | null;
  /** When it was last used, where the mapping knows. */
  readonly accessedAt: Date | null;
}

const millisecondsPerDay = 86_400_000;

/**
 * Since when a fact is past its time to live, counted from its last use, or from when it was written; `null`: it is not, or
 * no date is known. `expired_at` and `invalid_at` of a bi-temporal fact are history, and no part of this.
 */
export function factExpiredSince({ name, createdAt, accessedAt }: DatedFact, terms: FactTerms): Date | null {
  const days = terms.ttlDaysOf.has(name) ? (terms.ttlDaysOf.get(name) ?? null) : terms.ttlDays;
  const dates = [createdAt, accessedAt].flatMap((date) => (date === null ? [] : [date.getTime()]));
  if (days === null || dates.length === 0) return null;
  const end = Math.max(...dates) + days * millisecondsPerDay;
  return end <= terms.cutoff.getTime() ? new Date(end) : null;
}

/** `KNOWS=365, WORKS_AT=off`. */
export function ttlByName(text: string): ReadonlyMap<string, number | null> {
  const pairs = text.split(',').flatMap((pair): [string, number | null][] => {
    const [name = '', days = ''] = pair.split('=').map((one) => one.trim());
    return name === '' ? [] : [[name, days === 'off' ? null : Number(days)]];
  });
  return new Map(pairs);
}
