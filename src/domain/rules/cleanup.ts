import { ageLimit } from './expiry.ts';

/**
 * Rule for memories that are removed because nobody needs them any more. The stores carry out the same rule in their
 * own language, and a test holds them to it case by case.
 */
export interface CleanupRule {
  readonly kind: 'cleanup';
  /** The run's fixed point in time, from the database's clock. */
  readonly cutoff: Date;
  readonly tier: string;
  /** Memories that are older than this many days. */
  readonly maxAgeDays: number;
  /** Memories whose score is below it. */
  readonly maxScore: number;
  /** A score that decay has lowered since this instant counts as it was before; `null`: scores count as they are. */
  readonly ignoreDecaySince: Date | null;
  /** Whether Coppice's own tables can be read. */
  readonly basesKnown: boolean;
}

export interface StaleMemory {
  readonly tier: string | null;
  /** `null`: absent, or not readable as a number. */
  readonly score: number | null;
  readonly createdAt: Date | null;
  readonly pinned: boolean;
  /** A memory that remains links to it. */
  readonly linked: boolean;
}

/** Whether a memory is due for removal. A memory that cannot be read is never stale. */
export function isStale({ tier, score, createdAt, pinned, linked }: StaleMemory, rule: CleanupRule): boolean {
  if (pinned || linked || tier !== rule.tier || score === null || createdAt === null) return false;
  return score < rule.maxScore && createdAt.getTime() < ageLimit(rule.cutoff, rule.maxAgeDays).getTime();
}
