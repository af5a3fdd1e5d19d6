import type { Csr } from './csr.ts';

export interface PageRankSettings {
  /** The share of a rank that follows the edges. */
  readonly damping: number;
  readonly maxIterations: number;
  /** It ends when the ranks together change by less in an iteration; 0: only at `maxIterations`. */
  readonly tolerance: number;
}

export interface PageRank {
  /** They sum to 1; empty for an empty graph. */
  readonly ranks: Float64Array<ArrayBuffer>;
  readonly iterations: number;
  /** By how much the ranks together changed in the last iteration. */
  readonly change: number;
}

/**
 * Weighted PageRank as LDBC Graphalytics defines it: ranks start at 1/n; what nodes without an edge outwards hold is
 * spread evenly over all.
 */
export function pageRank(
  graph: Csr,
  settings: PageRankSettings,
  onIteration: (done: number) => void = () => {},
): PageRank {
  const { nodes, offsets, targets, weights } = graph;
  const { damping, maxIterations, tolerance } = settings;
  const sums = outgoingSums(graph);
  let ranks = new Float64Array(nodes).fill(1 / nodes);
  let next = new Float64Array(nodes);
  let [iterations, change] = [0, Number.POSITIVE_INFINITY];
  while (nodes > 0 && iterations < maxIterations && change >= tolerance) {
    let dangling = 0;
    for (let node = 0; node < nodes; node++) if (sums[node] === 0) dangling += ranks[node] ?? 0;
    next.fill((1 - damping + damping * dangling) / nodes);
    for (let node = 0; node < nodes; node++) {
      const sum = sums[node] ?? 0;
      if (sum === 0) continue;
      const share = (damping * (ranks[node] ?? 0)) / sum;
      const end = offsets[node + 1] ?? 0;
      for (let at = offsets[node] ?? 0; at < end; at++) {
        const target = targets[at] ?? 0;
        next[target] = (next[target] ?? 0) + share * (weights[at] ?? 0);
      }
    }
    change = 0;
    for (let node = 0; node < nodes; node++) change += Math.abs((next[node] ?? 0) - (ranks[node] ?? 0));
    [ranks, next] = [next, ranks];
    iterations++;
    onIteration(iterations);
  }
  return { ranks, iterations, change: nodes === 0 ? 0 : change };
}

function outgoingSums({ nodes, offsets, weights }: Csr): Float64Array {
  const sums = new Float64Array(nodes);
  for (let node = 0; node < nodes; node++) {
    const end = offsets[node + 1] ?? 0;
    let sum = 0;
    for (let at = offsets[node] ?? 0; at < end; at++) sum += weights[at] ?? 0;
    sums[node] = sum;
  }
  return sums;
}
