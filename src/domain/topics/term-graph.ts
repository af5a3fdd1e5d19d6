import type { RankedNeighbours } from './edges.ts';

/** Terms of questions as nodes of a graph, and which of them occur together. */
export interface TermGraph {
  readonly terms: readonly string[];
  /** By term: how many questions contain it. */
  readonly rows: readonly number[];
  readonly neighbours: RankedNeighbours;
}

const mostTerms = 1_000;
const neighboursOfEach = 8;
/** From so many questions on, terms that nearly all of them contain tell no topics apart. */
const enoughRows = 20;
const mostShare = 0.9;

/**
 * The words that occur at least twice, each with the terms that it occurs with most, by the cosine of their questions. The
 * same questions give the same graph, whatever their order.
 */
export function termGraph(all: readonly (readonly string[])[]): TermGraph {
  // The phrases of one question that is asked often would hold together by themselves.
  const questions = all.map((terms) => terms.filter((term) => !term.includes(' ')));
  const counts = new Map<string, number>();
  for (const terms of questions) for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
  const tooFrequent = questions.length < enoughRows ? Number.POSITIVE_INFINITY : questions.length * mostShare;
  const chosen = [...counts]
    .filter(([, count]) => count >= 2 && count <= tooFrequent)
    .sort(([a, most], [b, more]) => more - most || (a < b ? -1 : 1))
    .slice(0, mostTerms)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const places = new Map(chosen.map(([term], at) => [term, at]));
  const rows = chosen.map(([, count]) => count);
  const together = chosen.map(() => new Map<number, number>());
  for (const terms of questions) {
    const own = terms.flatMap((term) => places.get(term) ?? []);
    for (const one of own) {
      const row = together[one];
      if (row === undefined) continue;
      for (const other of own) if (other !== one) row.set(other, (row.get(other) ?? 0) + 1);
    }
  }
  const indices = new Int32Array(chosen.length * neighboursOfEach).fill(-1);
  const scores = new Float64Array(indices.length);
  together.forEach((row, one) => {
    const best = [...row]
      .map(([other, count]) => ({ other, score: count / Math.sqrt((rows[one] ?? 1) * (rows[other] ?? 1)) }))
      .sort((a, b) => b.score - a.score || a.other - b.other)
      .slice(0, neighboursOfEach);
    best.forEach(({ other, score }, place) => {
      indices[one * neighboursOfEach + place] = other;
      scores[one * neighboursOfEach + place] = score;
    });
  });
  return { terms: chosen.map(([term]) => term), rows, neighbours: { k: neighboursOfEach, indices, scores } };
}

/** By question: the community that most of its terms belong to, rare terms counting more; -1 where it has none. */
export function communitiesOfQuestions(
  questions: readonly (readonly string[])[],
  { terms, rows }: TermGraph,
  membership: Int32Array,
): Int32Array<ArrayBuffer> {
  const places = new Map(terms.map((term, at) => [term, at]));
  return Int32Array.from(questions, (own) => {
    const sums = new Map<number, number>();
    for (const term of own) {
      const at = places.get(term);
      if (at === undefined) continue;
      const community = membership[at] ?? 0;
      const weight = Math.log(1 + questions.length / (rows[at] ?? 1));
      sums.set(community, (sums.get(community) ?? 0) + weight);
    }
    let [best, most] = [-1, 0];
    for (const [community, sum] of sums) {
      if (sum > most + 1e-9 || (Math.abs(sum - most) <= 1e-9 && community < best)) [best, most] = [community, sum];
    }
    return best;
  });
}
