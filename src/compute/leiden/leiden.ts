import { seededRandom } from '../../domain/random.ts';
import { connectedComponents } from '../components.ts';
import type { Csr } from '../csr.ts';
import { aggregate, type Level, levelOf, renumber } from './level.ts';
import { moveNodes } from './local-moving.ts';
import { modularity } from './modularity.ts';
import { refine } from './refinement.ts';

export interface LeidenSettings {
  readonly seed: number;
  /** Above 1: more and smaller communities. */
  readonly resolution: number;
  /** Each begins with the communities of the one before; it ends sooner when one changes nothing. */
  readonly maxIterations: number;
}

export interface Communities {
  /** By node: 0, 1, 2 … in the order of the first member. Each community is connected. */
  readonly membership: Int32Array<ArrayBuffer>;
  readonly count: number;
  readonly modularity: number;
  readonly iterations: number;
}

/** Levels of one iteration: each has fewer nodes than the one below, so that this is never met in practice. */
const MAX_LEVELS = 100;

/**
 * Communities of an undirected graph by modularity (Leiden: Traag, Waltman, van Eck, "From Louvain to Leiden: guaranteeing
 * well-connected communities", 2019). The same graph, settings and start give the same communities.
 *
 * @param start communities to begin with, e.g. those of yesterday; -1 for a node that has none
 */
export function leiden(
  graph: Csr,
  settings: LeidenSettings,
  start: Int32Array | null = null,
  onIteration: (done: number) => void = () => {},
): Communities {
  const random = seededRandom(settings.seed);
  const bottom = levelOf(graph);
  let membership = startOf(graph.nodes, start);
  let count = renumber(membership);
  let iterations = 0;
  while (iterations < settings.maxIterations) {
    const before = membership.slice();
    membership = iterate(bottom, membership, count, settings.resolution, random);
    count = renumber(membership);
    iterations++;
    onIteration(iterations);
    if (before.every((community, node) => membership[node] === community)) break;
  }
  membership = connectedParts(graph, membership);
  count = renumber(membership);
  return { membership, count, modularity: modularity(graph, membership, settings.resolution), iterations };
}

function startOf(nodes: number, start: Int32Array | null): Int32Array<ArrayBuffer> {
  const membership = new Int32Array(nodes);
  // Below zero, so that a node that stands alone shares its number with no community of the start.
  for (let node = 0; node < nodes; node++) {
    const community = start?.[node] ?? -1;
    membership[node] = community >= 0 ? community : -1 - node;
  }
  return membership;
}

/** One iteration, up through the levels: move nodes, refine, make each part a node, and again. */
function iterate(
  bottom: Level,
  membership: Int32Array<ArrayBuffer>,
  count: number,
  resolution: number,
  random: () => number,
): Int32Array<ArrayBuffer> {
  /** By node of the graph: its node at this level. */
  const places = new Int32Array(bottom.nodes);
  for (let node = 0; node < places.length; node++) places[node] = node;
  let [level, communities, communityCount] = [bottom, membership.slice(), count];
  for (let height = 0; height < MAX_LEVELS; height++) {
    moveNodes(level, communities, resolution, random);
    communityCount = renumber(communities);
    if (communityCount === level.nodes) break; // each community is one node
    const parts = refine(level, communities, communityCount, resolution, random);
    const partCount = renumber(parts);
    if (partCount === level.nodes) break; // nothing to put together any more
    const above = new Int32Array(partCount);
    for (let node = 0; node < level.nodes; node++) above[parts[node] ?? 0] = communities[node] ?? 0;
    level = aggregate(level, parts, partCount);
    communities = above;
    for (let node = 0; node < places.length; node++) places[node] = parts[places[node] ?? 0] ?? 0;
  }
  return places.map((place) => communities[place] ?? 0);
}

/**
 * The guarantee, whatever the start was and wherever a bound has ended it: a community that does not hang together becomes
 * several, by which modularity never loses.
 */
function connectedParts(graph: Csr, membership: Int32Array): Int32Array<ArrayBuffer> {
  const { nodes, offsets, targets, weights } = graph;
  const inside = new Int32Array(nodes + 1);
  const kept = new Int32Array(targets.length);
  let size = 0;
  for (let node = 0; node < nodes; node++) {
    const end = offsets[node + 1] ?? 0;
    for (let at = offsets[node] ?? 0; at < end; at++) {
      const neighbour = targets[at] ?? 0;
      if ((weights[at] ?? 0) > 0 && membership[neighbour] === membership[node]) kept[size++] = neighbour;
    }
    inside[node + 1] = size;
  }
  return connectedComponents({ nodes, offsets: inside, targets: kept.subarray(0, size), weights });
}
