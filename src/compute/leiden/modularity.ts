import type { Csr } from '../csr.ts';
import { levelOf } from './level.ts';

/** Of a partition of an undirected graph, with a resolution; 0 for a graph without weight. */
export function modularity(graph: Csr, membership: Int32Array, resolution = 1): number {
  const { nodes, offsets, targets, weights, strengths, total } = levelOf(graph);
  if (total === 0) return 0;
  const sums = new Map<number, number>();
  let inside = 0;
  for (let node = 0; node < nodes; node++) {
    const community = membership[node] ?? 0;
    sums.set(community, (sums.get(community) ?? 0) + (strengths[node] ?? 0));
    const end = offsets[node + 1] ?? 0;
    for (let at = offsets[node] ?? 0; at < end; at++) {
      const neighbour = targets[at] ?? 0;
      if (membership[neighbour] === community)
        inside += neighbour === node ? 2 * (weights[at] ?? 0) : (weights[at] ?? 0);
    }
  }
  let expected = 0;
  for (const sum of sums.values()) expected += (sum / total) ** 2;
  return inside / total - resolution * expected;
}
