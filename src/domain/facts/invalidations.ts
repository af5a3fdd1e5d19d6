/**
 * Facts of a bi-temporal graph that were retired without reason. A fact is retired when `invalid` (until when it held) or
 * `expired` (when the store was told so) is set. A language model that is asked which facts a new one contradicts may name
 * facts of other subjects: all of them are then retired at one instant, the one from which the new fact holds.
 */

/** Dates of one fact. A stamp is the date as the store prints it, to the microsecond. */
export interface FactValidity {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  /** Name of the relation; empty where it has none. */
  readonly name: string;
  readonly created: Stamp | null;
  readonly valid: Stamp | null;
  readonly invalid: Stamp | null;
  readonly expired: Stamp | null;
}

export interface Stamp {
  readonly text: string;
  /** `null`: the text is no date. */
  readonly at: Date | null;
}

/**
 * `mass_stamp`: retired at the same microsecond as many others. `other_subject`: the fact from which on it does not hold is
 * about another subject. `other_relation`: that fact is about the same subject, and states another relation.
 */
export const invalidationSigns = ['mass_stamp', 'other_subject', 'other_relation'] as const;
export type InvalidationSign = (typeof invalidationSigns)[number];

export interface SuspectInvalidation {
  readonly fact: FactValidity;
  readonly sign: InvalidationSign;
  /** Facts of the group that carry the stamp. */
  readonly together: number;
  /** Id of the fact that holds since the instant at which this one was retired; `null`: there is none. */
  readonly replacement: string | null;
}

/** Facts that share one stamp are suspect from so many on. */
export const massRetired = 10;

const minute = 60_000;
const day = 24 * 60 * minute;

/**
 * Retired facts of one group that nothing in the group can have replaced. Left out are facts for which a replacement
 * exists: a newer fact between the same two entities, or one of the same subject and relation that holds since then. Left out
 * as well are facts that were written as history: a bulk load gives them one stamp, too.
 */
export function suspectInvalidations(facts: readonly FactValidity[]): SuspectInvalidation[] {
  const retired = facts.filter((fact) => retirementOf(fact) !== null);
  const counts = countStamps(retired);
  const newest = newestByEnds(facts);
  const since = Map.groupBy(
    facts.filter(({ valid }) => valid !== null),
    ({ valid }) => valid?.text ?? '',
  );
  return retired.flatMap((fact): SuspectInvalidation[] => {
    const holding = (since.get(fact.invalid?.text ?? '') ?? []).filter((one) => one !== fact && isNewer(one, fact));
    if (newest.after(fact) || holding.some((one) => isSameStatement(one, fact))) return [];
    const replacement = holding.find((one) => one.source === fact.source) ?? holding[0] ?? null;
    const found = { fact, replacement: replacement?.id ?? null };
    const mass = massStampOf(fact, counts);
    if (mass !== null && !isHistory(fact, counts)) return [{ ...found, sign: 'mass_stamp', together: mass }];
    if (replacement === null || !retiredBy(fact, replacement)) return [];
    const sign = replacement.source === fact.source ? 'other_relation' : 'other_subject';
    return [{ ...found, sign, together: counts.stamps.get(fact.invalid?.text ?? '') ?? 1 }];
  });
}

/** When the store was told that the fact does not hold any more; where that is not written, since when it does not hold. */
function retirementOf({ expired, invalid }: FactValidity): Stamp | null {
  return expired ?? invalid;
}

interface StampCounts {
  /** Retired facts by stamp. */
  readonly stamps: ReadonlyMap<string, number>;
  /** Retired facts by stamps of creation and retirement. */
  readonly loads: ReadonlyMap<string, number>;
}

function countStamps(retired: readonly FactValidity[]): StampCounts {
  const [stamps, loads] = [new Map<string, number>(), new Map<string, number>()];
  const count = (map: Map<string, number>, key: string) => map.set(key, (map.get(key) ?? 0) + 1);
  for (const fact of retired) {
    const { invalid, expired } = fact;
    for (const text of new Set([invalid, expired].flatMap((one) => one?.text ?? []))) count(stamps, text);
    count(loads, loadOf(fact));
  }
  return { stamps, loads };
}

function loadOf(fact: FactValidity): string {
  return JSON.stringify([fact.created?.text ?? null, retirementOf(fact)?.text ?? null]);
}

/**
 * How many facts share its stamp, where that is many. A date without a time is a date of the world, which many facts may
 * have in common; and a fact that ended at an instant of its own is not suspect because the store was told of many at once.
 */
function massStampOf({ invalid, expired }: FactValidity, { stamps }: StampCounts): number | null {
  const countOf = (stamp: Stamp | null) => (stamp === null ? 0 : (stamps.get(stamp.text) ?? 0));
  if (invalid !== null && !isMidnight(invalid) && countOf(invalid) >= massRetired) return countOf(invalid);
  const isOfStore = invalid === null || invalid.text === expired?.text;
  return isOfStore && countOf(expired) >= massRetired ? countOf(expired) : null;
}

/** Written when it was over already: it was retired when it was created, or by the load that created it with many others. */
function isHistory(fact: FactValidity, { loads }: StampCounts): boolean {
  const [created, retired] = [fact.created?.at ?? null, retirementOf(fact)?.at ?? null];
  if (created === null || retired === null) return false;
  const lived = retired.getTime() - created.getTime();
  if (lived < minute) return true;
  return lived < day && (loads.get(loadOf(fact)) ?? 0) >= massRetired;
}

/**
 * Whether the replacement retired the fact. Facts of a history have dates in common: where the instant is a date without a
 * time, the store has to have been told when it was told of the replacement.
 */
function retiredBy(fact: FactValidity, replacement: FactValidity): boolean {
  const [created, retired] = [replacement.created?.at ?? null, fact.expired?.at ?? null];
  const own = fact.created?.at ?? null;
  if (own !== null && retired !== null && retired.getTime() - own.getTime() < minute) return false;
  if (fact.invalid !== null && !isMidnight(fact.invalid)) return true;
  if (created === null || retired === null) return false;
  const delay = retired.getTime() - created.getTime();
  return delay >= 0 && delay < 60 * minute;
}

function isMidnight({ at }: Stamp): boolean {
  return at !== null && at.getTime() % day === 0;
}

function isSameStatement(one: FactValidity, other: FactValidity): boolean {
  return one.source === other.source && one.name === other.name;
}

function isNewer(one: FactValidity, other: FactValidity): boolean {
  const [at, otherAt] = [sinceOf(one), sinceOf(other)];
  return at !== null && otherAt !== null && at > otherAt;
}

function sinceOf({ valid, created }: FactValidity): number | null {
  return (valid ?? created)?.at?.getTime() ?? null;
}

interface NewestByEnds {
  /** Whether a newer fact joins the same two entities. A fact that was retired at the same instant replaced nothing. */
  after(fact: FactValidity): boolean;
}

interface Newest {
  readonly since: number;
  readonly stamp: string | null;
}

/** Keeps the newest of each pair of entities, and the newest with another stamp than that one's. */
function newestByEnds(facts: readonly FactValidity[]): NewestByEnds {
  const pairs = new Map<string, { first: Newest; second: Newest | null }>();
  for (const fact of facts) {
    const since = sinceOf(fact);
    if (since === null) continue;
    const one = { since, stamp: retirementOf(fact)?.text ?? null };
    const known = pairs.get(endsOf(fact));
    if (known === undefined) pairs.set(endsOf(fact), { first: one, second: null });
    else if (one.since > known.first.since) {
      if (one.stamp !== known.first.stamp) known.second = known.first;
      known.first = one;
    } else if (one.stamp !== known.first.stamp && one.since > (known.second?.since ?? Number.NEGATIVE_INFINITY)) {
      known.second = one;
    }
  }
  return {
    after: (fact) => {
      const since = sinceOf(fact);
      const known = pairs.get(endsOf(fact));
      if (since === null || known === undefined) return false;
      const stamp = retirementOf(fact)?.text ?? null;
      const other = known.first.stamp === stamp ? known.second : known.first;
      return other !== null && other.since > since;
    },
  };
}

function endsOf({ source, target }: FactValidity): string {
  return JSON.stringify([source, target].sort());
}
