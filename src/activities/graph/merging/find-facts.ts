import { alikeFacts, type PlacedFact } from '../../../domain/merging/alike-facts.ts';
import { type CandidatePair, decidePairs, type Judgements } from '../../../domain/merging/pairs.ts';
import type { Candidate } from '../../../domain/merging/survivor.ts';
import type { FoundMerge } from '../../../state/merges/merges.ts';
import type { GraphMerging } from '../../../stores/ports/graph-merging.ts';

interface ReadFact extends PlacedFact, Candidate {
  readonly name: string;
}

/** Facts of one group that say the same between the same two entities, and such as may. Texts stay, vectors are not kept. */
export async function findFacts(
  merging: GraphMerging,
  group: string,
  judgements: Judgements,
  signal: AbortSignal,
): Promise<FoundMerge[]> {
  const facts = new Map<string, ReadFact>();
  for await (const page of merging.comparedFacts(group, signal)) {
    signal.throwIfAborted();
    for (const { documents: degree, vector: _, ...fact } of page) facts.set(fact.id, { ...fact, degree });
  }
  const { merge, relate } = decidePairs([alikeFacts([...facts.values()])], facts, judgements);
  const describe = (state: FoundMerge['state']) => (pair: CandidatePair) => {
    const [survivor, loser] = [facts.get(pair.survivor), facts.get(pair.loser)];
    return survivor === undefined || loser === undefined ? [] : [describePair(pair, state, survivor, loser)];
  };
  return [...merge.flatMap(describe('proposed')), ...relate.flatMap(describe('review'))];
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
  };
  return { ...pair, kind: 'fact', type: survivor.name, state, evidence };
}
