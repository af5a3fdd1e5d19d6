import { type DecideOptions, decideDuplicates } from '../domain/duplicates/decide.ts';
import type { DuplicateDecisions } from '../domain/duplicates/decisions.ts';
import type { Guard } from '../domain/duplicates/guards/guards.ts';
import { canonicalOrder, contentOf, type DuplicateRecord } from '../domain/duplicates/record.ts';
import { findCandidates, type VectorOf } from './candidates.ts';
import type { SearchOptions, SimilaritySearch } from './similarity-search.ts';

export interface FoundPair {
  readonly one: string;
  readonly other: string;
  /** Log2 of the odds that the two are the same thing; `null` where no model was learned. */
  readonly bits: number | null;
  readonly guard: Guard | null;
}

export interface FoundDuplicates extends Pick<DuplicateDecisions, 'model' | 'regime' | 'cutoffBits' | 'estimate'> {
  readonly type: string;
  /** Keys of records that are one thing; each holds against every other of its cluster. */
  readonly clusters: readonly (readonly string[])[];
  /** Pairs of these clusters that were compared; of records with one content there is none. */
  readonly merged: readonly FoundPair[];
  /** Pairs for a person or a language model to judge. */
  readonly related: readonly FoundPair[];
}

/** Finds and decides the duplicates of one group, each type of it by itself. */
export async function findDuplicates(
  { records, vectorOf }: { readonly records: readonly DuplicateRecord[]; readonly vectorOf: VectorOf },
  search: SimilaritySearch,
  options: DecideOptions & SearchOptions,
): Promise<FoundDuplicates[]> {
  const ordered = canonicalOrder(records);
  const types = new Map<string, number[]>();
  for (const place of ordered) {
    const type = records[place]?.type ?? '';
    const known = types.get(type);
    if (known === undefined) types.set(type, [place]);
    else known.push(place);
  }
  const found: FoundDuplicates[] = [];
  for (const [type, places] of types) {
    const things = copiesTogether(records, places);
    const first = things.map(([place = 0]) => place);
    const own = first.flatMap((place) => records[place] ?? []);
    const candidates = await findCandidates(own, (thing) => vectorOf(first[thing] ?? 0), search, options);
    found.push({ type, ...inKeys(decideDuplicates(own, candidates, options), things, records) });
  }
  return found;
}

/** Records with one content are one thing from the start, however many copies there are. One with a vector comes first. */
function copiesTogether(records: readonly DuplicateRecord[], places: readonly number[]): number[][] {
  const things = new Map<string, number[]>();
  for (const place of places) {
    const record = records[place];
    if (record === undefined) continue;
    const content = contentOf(record);
    const copies = things.get(content) ?? [];
    if (record.hasVector) copies.unshift(place);
    else copies.push(place);
    things.set(content, copies);
  }
  return [...things.values()];
}

function inKeys(
  { model, regime, cutoffBits, estimate, clusters, decisions }: DuplicateDecisions,
  things: readonly (readonly number[])[],
  records: readonly DuplicateRecord[],
): Omit<FoundDuplicates, 'type'> {
  const keysOf = (thing: number) => (things[thing] ?? []).flatMap((place) => records[place]?.key ?? []).sort();
  const clustered = new Set(clusters.flat());
  const copies = things.flatMap((places, thing) => (places.length > 1 && !clustered.has(thing) ? [keysOf(thing)] : []));
  const pairsOf = (wanted: 'merge' | 'relate'): FoundPair[] =>
    decisions
      .filter(({ outcome }) => outcome === wanted)
      .map(({ one, other, bits, guard }) => ({
        one: keysOf(one)[0] ?? '',
        other: keysOf(other)[0] ?? '',
        bits,
        guard,
      }));
  return {
    ...{ model, regime, cutoffBits, estimate },
    clusters: [...clusters.map((members) => members.flatMap(keysOf)), ...copies],
    merged: pairsOf('merge'),
    related: pairsOf('relate'),
  };
}
