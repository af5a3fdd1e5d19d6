import { shuffledIndices } from '../../domain/random.ts';
import type { Level } from './level.ts';

/** Gains below this share of all weight are rounding: to follow them could go on for ever. */
const LEAST_GAIN = 1e-12;

/** More visits than this for each node are never needed in practice; they bound the time all the same. */
const MAX_VISITS_PER_NODE = 100;

/**
 * Moves nodes to the community where modularity gains most, until no node gains; after a move only the neighbours are
 * visited again. Communities are numbers below the level's number of nodes; `membership` is changed in place.
 */
export function moveNodes(level: Level, membership: Int32Array, resolution: number, random: () => number): void {
  const { nodes, offsets, targets, weights, strengths, total } = level;
  if (total === 0) return;
  const factor = resolution / total;
  const leastGain = LEAST_GAIN * total;
  const communityStrengths = new Float64Array(nodes);
  const sizes = new Int32Array(nodes);
  for (let node = 0; node < nodes; node++) {
    const community = membership[node] ?? 0;
    communityStrengths[community] = (communityStrengths[community] ?? 0) + (strengths[node] ?? 0);
    sizes[community] = (sizes[community] ?? 0) + 1;
  }
  const empty: number[] = [];
  for (let community = nodes - 1; community >= 0; community--) if (sizes[community] === 0) empty.push(community);

  // A ring: it never holds a node twice, so it never overflows.
  const queue = shuffledIndices(nodes, random);
  const queued = new Uint8Array(nodes).fill(1);
  let [head, length] = [0, nodes];
  /** Weight from the visited node to each community that touches it; `near` lists those. */
  const weightTo = new Float64Array(nodes);
  const seen = new Uint8Array(nodes);
  const near = new Int32Array(nodes);
  let visits = nodes * MAX_VISITS_PER_NODE;

  while (length > 0 && visits-- > 0) {
    const node = queue[head] ?? 0;
    head = head + 1 === nodes ? 0 : head + 1;
    length--;
    queued[node] = 0;
    const [start, end] = [offsets[node] ?? 0, offsets[node + 1] ?? 0];
    const own = membership[node] ?? 0;
    let nearCount = 0;
    for (let at = start; at < end; at++) {
      const neighbour = targets[at] ?? 0;
      if (neighbour === node) continue;
      const community = membership[neighbour] ?? 0;
      if (seen[community] === 0) {
        seen[community] = 1;
        near[nearCount++] = community;
      }
      weightTo[community] = (weightTo[community] ?? 0) + (weights[at] ?? 0);
    }
    const strength = strengths[node] ?? 0;
    const penalty = strength * factor;
    const stay = (weightTo[own] ?? 0) - penalty * ((communityStrengths[own] ?? 0) - strength);
    let [best, bestValue] = [own, stay + leastGain];
    for (let at = 0; at < nearCount; at++) {
      const community = near[at] ?? 0;
      const value = (weightTo[community] ?? 0) - penalty * (communityStrengths[community] ?? 0);
      if (community !== own && value > bestValue) [best, bestValue] = [community, value];
      weightTo[community] = 0;
      seen[community] = 0;
    }
    // Alone it has nothing to gain and nothing to lose: better than a community that costs it.
    if (0 > bestValue && (sizes[own] ?? 0) > 1) best = empty.pop() ?? own;
    if (best === own) continue;

    communityStrengths[own] = (communityStrengths[own] ?? 0) - strength;
    communityStrengths[best] = (communityStrengths[best] ?? 0) + strength;
    sizes[own] = (sizes[own] ?? 0) - 1;
    if (sizes[own] === 0) empty.push(own);
    sizes[best] = (sizes[best] ?? 0) + 1;
    membership[node] = best;
    for (let at = start; at < end; at++) {
      const neighbour = targets[at] ?? 0;
      if (queued[neighbour] === 1 || membership[neighbour] === best || neighbour === node) continue;
      queued[neighbour] = 1;
      const tail = head + length;
      queue[tail >= nodes ? tail - nodes : tail] = neighbour;
      length++;
    }
  }
}
