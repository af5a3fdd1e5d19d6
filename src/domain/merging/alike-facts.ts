import { normalise } from '../duplicates/text/normalise.ts';
import type { FoundClusters } from './pairs.ts';

export interface PlacedFact {
  readonly id: string;
  /** Facts of other ends, another name or another validity are never compared. */
  readonly place: string;
  readonly text: string;
}

/** In a larger place only facts that say the same are found: every pair would have to be looked at. */
const mostInPlace = 200;
/** Facts that have so many of their words in common are shown to a person. */
const leastShare = 0.5;

/** Facts that say the same, and facts that may. */
export function alikeFacts(facts: readonly PlacedFact[]): FoundClusters {
  const clusters: string[][] = [];
  const related: { one: string; other: string; bits: null; guard: string }[] = [];
  for (const placed of Map.groupBy(facts, ({ place }) => place).values()) {
    if (placed.length < 2) continue;
    const byText = Map.groupBy(placed, ({ text }) => normalise(text));
    const said = [...byText].filter(([text]) => text !== '');
    for (const [, same] of said) if (same.length > 1) clusters.push(same.map(({ id }) => id));
    if (said.length < 2 || said.length > mostInPlace) continue;
    const words = said.map(([text]) => new Set(text.split(' ')));
    for (const [at, [, [first]]] of said.entries()) {
      for (let beyond = at + 1; beyond < said.length; beyond++) {
        const other = said[beyond]?.[1][0];
        if (first === undefined || other === undefined) continue;
        if (shareOf(words[at], words[beyond]) < leastShare) continue;
        related.push({ one: first.id, other: other.id, bits: null, guard: 'text' });
      }
    }
  }
  return { clusters, merged: [], related };
}

/** The share of words that two texts have in common. */
export function likenessOf(one: string, other: string): number {
  const [words, others] = [one, other].map((text) => new Set(normalise(text).split(' ')));
  return Math.round(shareOf(words, others) * 10_000) / 10_000;
}

function shareOf(one: ReadonlySet<string> = new Set(), other: ReadonlySet<string> = new Set()): number {
  const common = [...one].filter((word) => other.has(word)).length;
  return common / (one.size + other.size - common);
}
