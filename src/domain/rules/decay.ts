/**
 * How the score of a memory that is not accessed falls. The stores carry out the same rule in their own language, and a test
 * holds them to it case by case.
 */
export interface DecayRule {
  readonly kind: 'decay';
  /** The run's fixed point in time, from the database's clock. */
  readonly cutoff: Date;
  /** A memory loses nothing until it was not used for so many days. */
  readonly graceDays: number;
  /** The share of a score that is left after one day, 0 to 1. */
  readonly dailyFactor: number;
  /** No score falls below it. */
  readonly minimumScore: number;
  /** No score falls below this share of its base. */
  readonly importanceFloor: number;
  /** Empty: every lower score is written. Else only where it crosses one of these. */
  readonly thresholds: readonly number[];
  /** Memories of this bot alone; `null`: of all. */
  readonly bot: string | null;
  /** Whether Coppice's own tables can be read: without them each memory is seen for the first time. */
  readonly basesKnown: boolean;
}

export interface DecayingMemory {
  readonly score: number;
  readonly lastAccessedAt: Date;
  readonly pinned: boolean;
}

/** The record that Coppice keeps of a memory which has begun to decay. */
export interface DecayBase {
  /** The score that decay counts from. */
  readonly score: number;
  /** A memory has lost one day's decay 24 hours after this instant, and another after every 24 hours more. */
  readonly countedFrom: Date;
  /** As they were when Coppice last looked: where one differs, the application has written, and a new base starts. */
  readonly lastAccessedAt: Date;
  readonly written: number;
  /** The cutoff of the run that wrote this record. */
  readonly writtenAt: Date;
}

const millisecondsPerHour = 3_600_000;
const millisecondsPerDay = 24 * millisecondsPerHour;

/** From this instant on a memory decays: the last access exactly `graceDays` ago is the first day. */
function decaysFrom(lastAccessedAt: Date, { graceDays }: Pick<DecayRule, 'graceDays'>): Date {
  return new Date(lastAccessedAt.getTime() + graceDays * millisecondsPerDay);
}

/**
 * The instant that decay counts from where Coppice has not known a memory before: the memory loses one day in this run.
 */
export function oneDayBefore(cutoff: Date): Date {
  return new Date(hourOf(cutoff) - millisecondsPerDay);
}

/** The hour in which a run began: a nightly run that begins some minutes earlier than the one before makes up a whole day. */
function hourOf(cutoff: Date): number {
  return Math.floor(cutoff.getTime() / millisecondsPerHour) * millisecondsPerHour;
}

/**
 * The score of a memory at the rule's cutoff and the base it follows from; `null` where it does not decay. The score
 * follows from the base in closed form, so that it is the same however often the job has run.
 *
 * @param lastRun when the job last ran on the collection; `null`: never. A memory without a base that began to decay after
 *   that is known not to have decayed before; any other is seen for the first time.
 */
export function decay(
  memory: DecayingMemory,
  base: DecayBase | null,
  rule: DecayRule,
  lastRun: Date | null,
): { readonly score: number; readonly base: DecayBase } | null {
  const from = decaysFrom(memory.lastAccessedAt, rule);
  if (memory.pinned || !(memory.score > 0) || from.getTime() > rule.cutoff.getTime()) return null;
  const current = base !== null && isCurrent(base, memory) ? base : newBase(memory, base, rule, lastRun);
  const days = Math.floor((rule.cutoff.getTime() - current.countedFrom.getTime()) / millisecondsPerDay);
  if (days < 1) return null;
  const fallen = current.score * rule.dailyFactor ** days;
  const score = Math.max(fallen, rule.minimumScore, rule.importanceFloor * current.score);
  return score < memory.score ? { score, base: { ...current, written: score, writtenAt: rule.cutoff } } : null;
}

function isCurrent(base: DecayBase, { score, lastAccessedAt }: DecayingMemory): boolean {
  return base.written === score && base.lastAccessedAt.getTime() === lastAccessedAt.getTime();
}

function newBase(
  { score, lastAccessedAt }: DecayingMemory,
  base: DecayBase | null,
  rule: DecayRule,
  lastRun: Date | null,
): DecayBase {
  const from = decaysFrom(lastAccessedAt, rule);
  const known =
    base === null
      ? lastRun !== null && from.getTime() > lastRun.getTime()
      : base.lastAccessedAt.getTime() < lastAccessedAt.getTime();
  // The days until the record was written are in the score already, also where a later access is learned of afterwards.
  const counted = Math.max(from.getTime() - millisecondsPerDay, base === null ? 0 : hourOf(base.writtenAt));
  const countedFrom = known ? new Date(counted) : oneDayBefore(rule.cutoff);
  return { score, countedFrom, lastAccessedAt, written: score, writtenAt: rule.cutoff };
}
