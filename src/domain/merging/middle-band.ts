import { guardFacts } from '../duplicates/guards/facts.ts';
import { guardOf } from '../duplicates/guards/guards.ts';

/** Pairs that a language model may judge, and those of them that its verdict may merge. */

export interface BandPair {
  readonly survivor: string;
  readonly loser: string;
  readonly guard: string | null;
  /** How alike the two are, by one measure for all pairs of a group; `null`: not known. */
  readonly likeness: number | null;
}

/**
 * Guards that a judgement may settle: what the texts say, which of several is meant, and whether the score is enough. Every
 * other guard names something in which the two differ, and no verdict overrides it.
 */
const askedGuards: readonly (string | null)[] = [null, 'text', 'ambiguous', 'error_rate', 'threshold'];

export function isInMiddleBand({ guard }: Pick<BandPair, 'guard'>): boolean {
  return askedGuards.includes(guard);
}

/** Whether two facts differ in a number, a unit, a negation or the like: then no model is asked. */
export function differInStatement(one: string, other: string): boolean {
  return guardOf(guardFacts([one], []), guardFacts([other], []), false) !== null;
}

/**
 * Pairs of which each is the likest of the other, and no other pair of either is as alike: by the verdict of a model only
 * such a pair is merged. `pairs` are all that were found, merged ones too.
 */
export function mutualPairs<T extends BandPair>(pairs: readonly T[]): ReadonlySet<T> {
  const best = new Map<string, { pair: T | null; likeness: number }>();
  for (const pair of pairs) {
    if (pair.likeness === null) continue;
    for (const id of [pair.survivor, pair.loser]) {
      const known = best.get(id);
      if (known === undefined || pair.likeness > known.likeness) best.set(id, { pair, likeness: pair.likeness });
      else if (pair.likeness === known.likeness) known.pair = null;
    }
  }
  return new Set(pairs.filter((pair) => [pair.survivor, pair.loser].every((id) => best.get(id)?.pair === pair)));
}
