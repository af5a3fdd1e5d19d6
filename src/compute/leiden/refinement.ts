import { shuffledIndices } from '../../domain/random.ts';
import type { Level } from './level.ts';

/** How freely nodes join a community that is not the best one: Traag's default, in units of the mean weight of an edge. */
const RANDOMNESS = 0.01;

/**
 * Splits each community into parts that hang together well: every node begins alone, and alone it may join a part of its
 * community that it touches, if modularity does not lose by it; the more it gains, the likelier. Both must be well
 * connected to the rest of the community. A part is therefore connected.
 *
 * @param membership numbers 0 … `count` - 1
 * @returns the part of each node: numbers below the level's number of nodes
 */
export function refine(
  level: Level,
  membership: Int32Array,
  count: number,
  resolution: number,
  random: () => number,
): Int32Array {
  const { nodes, offsets, targets, weights, strengths, total } = level;
  const parts = new Int32Array(nodes);
  for (let node = 0; node < nodes; node++) parts[node] = node;
  if (total === 0) return parts;
  const factor = resolution / total;
  const randomness = (RANDOMNESS * total) / Math.max(1, targets.length);
  const partStrengths = strengths.slice();
  const partSizes = new Int32Array(nodes).fill(1);
  const communityStrengths = new Float64Array(count);
  /** By part: the weight from it to the rest of its community. */
  const outside = new Float64Array(nodes);
  for (let node = 0; node < nodes; node++) {
    const community = membership[node] ?? 0;
    communityStrengths[community] = (communityStrengths[community] ?? 0) + (strengths[node] ?? 0);
    let weight = 0;
    const end = offsets[node + 1] ?? 0;
    for (let at = offsets[node] ?? 0; at < end; at++) {
      const neighbour = targets[at] ?? 0;
      if (neighbour !== node && membership[neighbour] === community) weight += weights[at] ?? 0;
    }
    outside[node] = weight;
  }

  const weightTo = new Float64Array(nodes);
  const near = new Int32Array(nodes);
  const gains = new Float64Array(nodes);
  for (const node of shuffledIndices(nodes, random)) {
    if (partSizes[node] !== 1 || parts[node] !== node) continue; // others have joined it, or it has joined them
    const community = membership[node] ?? 0;
    const all = communityStrengths[community] ?? 0;
    const strength = strengths[node] ?? 0;
    if ((outside[node] ?? 0) < factor * strength * (all - strength)) continue;

    let nearCount = 0;
    const end = offsets[node + 1] ?? 0;
    for (let at = offsets[node] ?? 0; at < end; at++) {
      const neighbour = targets[at] ?? 0;
      const weight = weights[at] ?? 0;
      if (neighbour === node || weight === 0 || membership[neighbour] !== community) continue;
      const part = parts[neighbour] ?? 0;
      if (weightTo[part] === 0) near[nearCount++] = part;
      weightTo[part] = (weightTo[part] ?? 0) + weight;
    }
    let highest = -1;
    for (let at = 0; at < nearCount; at++) {
      const part = near[at] ?? 0;
      const partStrength = partStrengths[part] ?? 0;
      const wellConnected = (outside[part] ?? 0) >= factor * partStrength * (all - partStrength);
      const gain = wellConnected ? (weightTo[part] ?? 0) - factor * strength * partStrength : -1;
      gains[at] = gain;
      if (gain > highest) highest = gain;
    }
    if (highest >= 0) {
      const chosen = near[choose(gains, nearCount, highest, randomness, random)] ?? 0;
      outside[chosen] = (outside[chosen] ?? 0) + (outside[node] ?? 0) - 2 * (weightTo[chosen] ?? 0);
      partStrengths[chosen] = (partStrengths[chosen] ?? 0) + strength;
      partSizes[chosen] = (partSizes[chosen] ?? 0) + 1;
      partSizes[node] = 0;
      parts[node] = chosen;
    }
    for (let at = 0; at < nearCount; at++) weightTo[near[at] ?? 0] = 0;
  }
  return parts;
}

/** One of the gains that are no loss, with a likelihood of exp(gain / randomness). */
function choose(gains: Float64Array, count: number, highest: number, randomness: number, random: () => number): number {
  let sum = 0;
  for (let at = 0; at < count; at++) {
    const gain = gains[at] ?? 0;
    // Against the highest, so that nothing overflows. Below it by 40 times the randomness is as good as never.
    if (gain >= 0) sum += Math.exp((gain - highest) / randomness);
  }
  let left = random() * sum;
  let last = 0;
  for (let at = 0; at < count; at++) {
    const gain = gains[at] ?? 0;
    if (gain < 0) continue;
    last = at;
    left -= Math.exp((gain - highest) / randomness);
    if (left < 0) return at;
  }
  return last;
}
