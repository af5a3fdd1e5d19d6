import type { FoundDuplicates } from '../src/similarity/find-duplicates.ts';
import { type DataSet, pairKey } from './data-set.ts';

export interface Score {
  readonly pairs: number;
  /** 1 where there are no pairs: none is wrong. */
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

export interface Scores {
  readonly merge: Score;
  readonly relate: Score;
  readonly estimated_error_rate: Readonly<Record<string, unknown>>;
  readonly true_error_rate: number;
}

/** Scores the pairs that the gold data judges: of two lists, those with one record from each. */
export function scoresOf({ records, sources, gold }: DataSet, found: readonly FoundDuplicates[]): Scores {
  const sourceOf = new Map(records.map(({ key }, at) => [key, sources[at]]));
  const judged = (one: string, other: string) => {
    const source = sourceOf.get(one);
    return source === undefined || source !== sourceOf.get(other);
  };
  const pairsOf = (members: readonly string[]) =>
    members.flatMap((one, at) => members.slice(at + 1).map((other) => [one, other] as const));
  const keys = (pairs: readonly (readonly [string, string])[]) =>
    new Set(pairs.filter(([one, other]) => judged(one, other)).map(([one, other]) => pairKey(one, other)));
  const merged = keys(found.flatMap(({ clusters }) => clusters.flatMap(pairsOf)));
  const related = keys(found.flatMap(({ related }) => related.map(({ one, other }) => [one, other] as const)));
  const merge = score(merged, gold);
  return {
    merge,
    relate: score(related, gold),
    estimated_error_rate:
      found.length === 1
        ? { ...found[0]?.estimate }
        : { by_type: found.map(({ type, estimate }) => ({ type, ...estimate })) },
    true_error_rate: 1 - merge.precision,
  };
}

function score(pairs: ReadonlySet<string>, gold: ReadonlySet<string>): Score {
  const right = [...pairs].filter((pair) => gold.has(pair)).length;
  const precision = pairs.size === 0 ? 1 : right / pairs.size;
  const recall = gold.size === 0 ? 1 : right / gold.size;
  const f1 = precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
  return { pairs: pairs.size, precision, recall, f1 };
}
