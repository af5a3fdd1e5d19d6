import { type MergePair, pairName } from './merge-record.ts';
import { type Candidate, chooseSurvivor, mergesOf } from './survivor.ts';

export interface CandidatePair extends MergePair {
  readonly bits: number | null;
  /** Why it is not merged; `null` for one that is. */
  readonly guard: string | null;
}

export interface DecidedPairs {
  readonly merge: readonly CandidatePair[];
  readonly relate: readonly CandidatePair[];
}

/** Duplicates of one type, as they were found. */
export interface FoundClusters {
  readonly clusters: readonly (readonly string[])[];
  readonly merged: readonly FoundPair[];
  readonly related: readonly FoundPair[];
}

interface FoundPair {
  readonly one: string;
  readonly other: string;
  readonly bits: number | null;
  readonly guard: string | null;
}

export interface Judgements {
  /** Pairs that a person, or an undo, has separated. */
  readonly never: readonly MergePair[];
  /** Pairs that a person has accepted. */
  readonly accepted: readonly MergePair[];
}

/**
 * The pairs that a run merges: a survivor for each cluster, and what a person decided. An entity takes part in one merge chain
 * only: nothing is merged into an entity that the same run merges on.
 *
 * @param guardOf why two entities are not merged without a person
 */
export function decidePairs(
  found: readonly FoundClusters[],
  entities: ReadonlyMap<string, Candidate>,
  { never, accepted }: Judgements,
  guardOf: (pair: MergePair) => string | null = () => null,
): DecidedPairs {
  const separated = separations(never);
  const separatedFrom = (id: string) => separated.get(id) ?? new Set<string>();
  const merge: CandidatePair[] = [];
  const relate: CandidatePair[] = [];
  for (const { clusters, merged, related } of found) {
    const bits = new Map(merged.map((one) => [pairName({ survivor: one.one, loser: one.other }), one.bits]));
    for (const cluster of clusters) {
      const members = cluster.flatMap((id) => entities.get(id) ?? []);
      for (const { survivor, loser } of mergesOf(members, separatedFrom)) {
        const pair = { survivor, loser, bits: bits.get(pairName({ survivor, loser })) ?? null };
        const guard = guardOf(pair);
        if (guard === null) merge.push({ ...pair, guard });
        else relate.push({ ...pair, guard });
      }
    }
    for (const { one, other, ...why } of related) {
      const pair = ranked(one, other, entities);
      if (pair !== null && !separatedFrom(one).has(other)) relate.push({ ...pair, ...why });
    }
  }
  const [losers, survivors] = [
    new Set(merge.map(({ loser }) => loser)),
    new Set(merge.map(({ survivor }) => survivor)),
  ];
  for (const pair of accepted) {
    const { survivor, loser } = ranked(pair.survivor, pair.loser, entities, survivors) ?? pair;
    const isFree = entities.has(survivor) && entities.has(loser) && !losers.has(survivor) && !losers.has(loser);
    if (!isFree || survivors.has(loser)) continue;
    merge.push({ survivor, loser, bits: null, guard: null });
    losers.add(loser);
    survivors.add(survivor);
  }
  const chosen = new Set(merge.map(pairName));
  return { merge, relate: relate.filter((pair) => !chosen.has(pairName(pair))) };
}

function separations(never: readonly MergePair[]): ReadonlyMap<string, ReadonlySet<string>> {
  const separated = new Map<string, Set<string>>();
  const add = (one: string, other: string) => separated.set(one, (separated.get(one) ?? new Set()).add(other));
  for (const { survivor, loser } of never) {
    add(survivor, loser);
    add(loser, survivor);
  }
  return separated;
}

/** Both in the order of survivor and loser; one that survives another merge comes first. */
function ranked(
  one: string,
  other: string,
  entities: ReadonlyMap<string, Candidate>,
  survivors: ReadonlySet<string> = new Set(),
): MergePair | null {
  const both = [entities.get(one), entities.get(other)].filter((entity) => entity !== undefined);
  if (both.length < 2) return null;
  const fixed = both.filter(({ id }) => survivors.has(id));
  const kept = fixed.length === 1 ? fixed[0] : chooseSurvivor(both);
  return kept === undefined || kept === null ? null : { survivor: kept.id, loser: kept.id === one ? other : one };
}
