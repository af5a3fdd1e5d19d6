import { alikeFacts, likenessOf, type PlacedFact } from '../../../domain/merging/alike-facts.ts';
import type { MergeKind } from '../../../domain/merging/merge-record.ts';
import { type CandidatePair, decidePairs, type Judgements } from '../../../domain/merging/pairs.ts';
import type { Candidate } from '../../../domain/merging/survivor.ts';
import type { FoundMerge } from '../../../state/merges/merges.ts';
import type { GraphMerging } from '../../../stores/ports/graph-merging.ts';

interface ReadFact extends PlacedFact, Candidate {
  readonly name: string;
}

/** Pairs of one kind that were found in a group, and can be decided again once more of them are accepted. */
export interface DecidablePairs {
  decide(accepted: readonly FoundMerge[]): readonly FoundMerge[];
}

/** The pairs of that kind that a person accepted, and others. */
export function withAccepted(
  { never, accepted }: Judgements,
  more: readonly FoundMerge[],
  kind: MergeKind,
): Judgements {
  return { never, accepted: [...accepted, ...more.filter((pair) => (pair.kind ?? 'entity') === kind)] };
}

/** Facts of one group that say the same between the same two entities, and such as may. Texts are kept, vectors are not. */
export async function findFacts(
  merging: GraphMerging,
  group: string,
  judgements: Judgements,
  signal: AbortSignal,
): Promise<DecidablePairs & { readonly guard: () => null }> {
  const facts = new Map<string, ReadFact>();
  for await (const page of merging.comparedFacts(group, signal)) {
    signal.throwIfAborted();
    for (const { documents: degree, vector: _, ...fact } of page) facts.set(fact.id, { ...fact, degree });
  }
  const alike = [alikeFacts([...facts.values()])];
  const describe = (state: FoundMerge['state']) => (pair: CandidatePair) => {
    const [survivor, loser] = [facts.get(pair.survivor), facts.get(pair.loser)];
    return survivor === undefined || loser === undefined ? [] : [describePair(pair, state, survivor, loser)];
  };
  return {
    decide: (accepted) => {
      const { merge, relate } = decidePairs(alike, facts, withAccepted(judgements, accepted, 'fact'));
      return [...merge.flatMap(describe('proposed')), ...relate.flatMap(describe('review'))];
    },
    guard: () => null,
  };
}

const longestText = 1_000;

function describePair(
  pair: CandidatePair,
  state: FoundMerge['state'],
  survivor: ReadFact,
  loser: ReadFact,
): FoundMerge {
  const [source, target]: unknown[] = JSON.parse(survivor.place);
  const evidence = {
    survivor_name: survivor.text.slice(0, longestText),
    loser_name: loser.text.slice(0, longestText),
    ...{ cosine: null, same_name: state === 'proposed', agree: [], differ: [] },
    ends: [String(source), String(target)],
    likeness: likenessOf(survivor.text, loser.text),
  };
  return { ...pair, kind: 'fact', type: survivor.name, state, evidence };
}
