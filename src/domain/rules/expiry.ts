/**
 * When a document has expired. This is the rule; the stores carry out the same rule in their own language, and the
 * contract suite holds them to it case by case.
 */
export interface ExpiryRule {
  readonly kind: 'expiry';
  /** The run's fixed point in time, from the database's clock. */
  readonly cutoff: Date;
  /** Documents without an expiry date go when older than this many days; `null`: they never go. */
  readonly maxAgeDays: number | null;
}

export interface DatedDocument {
  /** `'unreadable'` when a date is written but cannot be read. */
  readonly expiresAt: Date | 'unreadable' | null;
  readonly fetchedAt: Date | 'unreadable' | null;
}

export type ExpiryReason = 'expired' | 'too_old';

const millisecondsPerDay = 86_400_000;

/** Why the document is due for removal, or `null` when it stays. A document that cannot be read never expires. */
export function expiryReason(document: DatedDocument, rule: ExpiryRule): ExpiryReason | null {
  const { expiresAt, fetchedAt } = document;
  if (expiresAt === 'unreadable') return null;
  if (expiresAt !== null) return expiresAt.getTime() <= rule.cutoff.getTime() ? 'expired' : null;
  if (rule.maxAgeDays === null || fetchedAt === null || fetchedAt === 'unreadable') return null;
  return fetchedAt.getTime() < ageLimit(rule.cutoff, rule.maxAgeDays).getTime() ? 'too_old' : null;
}

/** Documents fetched before this instant are older than `maxAgeDays` at the cutoff. Days are 24 hours: UTC has no DST. */
export function ageLimit(cutoff: Date, maxAgeDays: number): Date {
  return new Date(cutoff.getTime() - maxAgeDays * millisecondsPerDay);
}
