import { type CandidatePair, type ConsolidatedMemory, pairName, type Verdict } from './memory.ts';
import { isContainedIn, mayRestate, saysTheSame } from './restatement.ts';

/** Pairs with less in common are of no use to a person either. */
const leastRelatedCosine = 0.92;

export interface JudgedPair extends CandidatePair {
  /** By rules alone: `open` is for a model, or for a person where no model is asked. */
  readonly byRules: 'same' | 'open' | 'related' | 'different';
}

/** Returns the verdicts of rules alone on pairs of memories. Memories of two bots or of two conversations are never one. */
export function judgePairs(
  memories: readonly ConsolidatedMemory[],
  candidates: readonly CandidatePair[],
): readonly JudgedPair[] {
  return candidates.flatMap((pair) => {
    const [one, other] = [memories[pair.one], memories[pair.other]];
    if (one === undefined || other === undefined || !shareContext(one, other)) return [];
    return [{ ...pair, byRules: verdictByRules(one.content, other.content, pair.cosine) }];
  });
}

function verdictByRules(one: string, other: string, cosine: number): JudgedPair['byRules'] {
  if (saysTheSame(one, other)) return 'same';
  if (isContainedIn(one, other) || isContainedIn(other, one)) return 'open';
  return cosine >= leastRelatedCosine && mayRestate(one, other) ? 'related' : 'different';
}

function shareContext(one: ConsolidatedMemory, other: ConsolidatedMemory): boolean {
  return one.bot === other.bot && one.session === other.session;
}

/** The verdicts on pairs, by `pairName`: those of rules, and of the open pairs those that are known. Unknown ones are related. */
export function verdictsOn(
  memories: readonly ConsolidatedMemory[],
  pairs: readonly JudgedPair[],
  known: ReadonlyMap<string, Verdict>,
): ReadonlyMap<string, Verdict> {
  return new Map(
    pairs.map(({ one, other, byRules }) => {
      const name = pairName(memories[one]?.id ?? '', memories[other]?.id ?? '');
      return [name, byRules === 'open' ? (known.get(name) ?? 'related') : byRules];
    }),
  );
}
