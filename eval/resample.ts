import { seededRandom } from '../src/domain/random.ts';
import type { DataSet } from './data-set.ts';

const share = 0.7;

/** The set with some of its things only, each with all of its records: another store of the same kind. */
export function resample(data: DataSet, seed: number): DataSet {
  const groups = groupsOf(data);
  const random = seededRandom(seed);
  const kept = new Set([...new Set(groups)].filter(() => random() < share));
  const places = groups.flatMap((group, place) => (kept.has(group) ? [place] : []));
  const keys = new Set(places.map((place) => data.records[place]?.key));
  return {
    records: places.flatMap((place) => data.records[place] ?? []),
    vectorOf: (record) => data.vectorOf(places[record] ?? 0),
    sources: places.map((place) => data.sources[place]),
    gold: new Set([...data.gold].filter((pair) => JSON.parse(pair).every((key: string) => keys.has(key)))),
  };
}

/** By record: the lowest place among the records of its thing. */
function groupsOf({ records, gold }: DataSet): number[] {
  const placeOf = new Map(records.map(({ key }, place) => [key, place]));
  const groups = records.map((_, place) => place);
  const root = (place: number): number => {
    const group = groups[place] ?? place;
    return group === place ? place : root(group);
  };
  for (const pair of gold) {
    const [one, other] = JSON.parse(pair).map((key: string) => root(placeOf.get(key) ?? 0));
    groups[Math.max(one, other)] = Math.min(one, other);
  }
  return groups.map((_, place) => root(place));
}
