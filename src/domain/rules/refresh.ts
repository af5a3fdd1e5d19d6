/**
 * Rule for documents that are fetched again. The stores carry out the same rule in their own language, and a test holds
 * them to it case by case.
 */
export interface RefreshRule {
  readonly kind: 'refresh';
  /** The run's fixed point in time, from the database's clock. */
  readonly cutoff: Date;
  /** How long before its end a document is due; what has ended and still stands is due as well. */
  readonly thresholdDays: number;
  readonly minimumQuality: number;
}

export interface RefreshableDocument {
  /** `'unreadable'` when a date is written but cannot be read. */
  readonly expiresAt: Date | 'unreadable' | null;
  /** `null`: nobody has scored it yet. */
  readonly quality: number | null;
  /** Where it came from; `null` or empty: nobody can fetch it again. */
  readonly url: string | null;
}

export type RefreshReason = 'expired' | 'expiring';

const millisecondsPerDay = 86_400_000;

/**
 * Why the document is due, or `null` when it is left alone. One without an end is never near it; one without a score is
 * given the benefit of the doubt, since it gets its first score by being refreshed.
 */
export function refreshReason(document: RefreshableDocument, rule: RefreshRule): RefreshReason | null {
  const { expiresAt, quality, url } = document;
  if (expiresAt === null || expiresAt === 'unreadable' || url === null || url.trim() === '') return null;
  if (quality !== null && quality < rule.minimumQuality) return null;
  if (expiresAt.getTime() <= rule.cutoff.getTime()) return 'expired';
  return expiresAt.getTime() <= refreshHorizon(rule).getTime() ? 'expiring' : null;
}

/** Documents that end by this instant are due. Days are 24 hours: UTC has no DST. */
export function refreshHorizon({ cutoff, thresholdDays }: RefreshRule): Date {
  return new Date(cutoff.getTime() + thresholdDays * millisecondsPerDay);
}
