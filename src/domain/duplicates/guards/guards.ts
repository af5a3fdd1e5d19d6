import type { GuardFacts } from './facts.ts';

/** Why two records are not merged, whatever their score. */
export type Guard =
  | 'type'
  | 'digits_only'
  | 'number'
  | 'code'
  | 'quantity'
  | 'negation'
  | 'version'
  | 'alternative'
  | 'text'
  | 'contradicted'
  | 'no_vector'
  | 'ambiguous'
  | 'chain'
  | 'error_rate';

/**
 * Returns the first guard that keeps the pair apart. Where the records have no properties to weigh a number against,
 * any difference in a number does.
 */
export function guardOf(one: GuardFacts, other: GuardFacts, hasModel: boolean): Guard | null {
  if (digitsOnly(one, other)) return 'digits_only';
  if (one.negations !== other.negations) return 'negation';
  if (otherCode(one, other)) return 'code';
  if (otherQuantity(one, other)) return 'quantity';
  if (!sameSet(one.versions, other.versions) || editionsOnly(one, other)) return 'version';
  if (otherAlternative(one, other)) return 'alternative';
  if (!hasModel && !sameSet(one.numbers, other.numbers)) return 'number';
  return null;
}

function digitsOnly(one: GuardFacts, other: GuardFacts): boolean {
  return one.labels.some((label, at) => {
    const against = other.labels[at];
    return against !== undefined && label.digits !== against.digits && label.withoutDigits === against.withoutDigits;
  });
}

function editionsOnly(one: GuardFacts, other: GuardFacts): boolean {
  return one.labels.some((label, at) => {
    const against = other.labels[at];
    return (
      against !== undefined && label.editions !== against.editions && label.withoutEditions === against.withoutEditions
    );
  });
}

/** Each side has a code that the other does not have, not even run together with other words. */
function otherCode(one: GuardFacts, other: GuardFacts): boolean {
  return hasMore(one.codes, other) && hasMore(other.codes, one);
}

function hasMore(codes: ReadonlySet<string>, than: GuardFacts): boolean {
  return [...codes].some((code) => !than.codes.has(code) && !than.compact.includes(code));
}

function otherQuantity(one: GuardFacts, other: GuardFacts): boolean {
  for (const [unit, amounts] of one.quantities) {
    const against = other.quantities.get(unit);
    if (against !== undefined && isDisjoint(amounts, against)) return true;
  }
  return false;
}

function otherAlternative(one: GuardFacts, other: GuardFacts): boolean {
  for (const [name, members] of one.alternatives) {
    const against = other.alternatives.get(name);
    if (against !== undefined && isDisjoint(members, against)) return true;
  }
  return false;
}

function isDisjoint(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return [...one].every((member) => !other.has(member));
}

function sameSet(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && [...one].every((member) => other.has(member));
}
