import type { Csr } from '../csr.ts';

/** The graph at one level of aggregation: a node is a set of nodes of the level below. */
export interface Level extends Csr {
  /** A node's degree, as modularity defines it: the sum of the weights of its edges, a loop twice. */
  readonly strengths: Float64Array;
  /** The sum of the strengths: twice the weight of all edges. */
  readonly total: number;
}

export function levelOf(graph: Csr): Level {
  const { nodes, offsets, targets, weights } = graph;
  const strengths = new Float64Array(nodes);
  let total = 0;
  for (let node = 0; node < nodes; node++) {
    const end = offsets[node + 1] ?? 0;
    let strength = 0;
    for (let at = offsets[node] ?? 0; at < end; at++) {
      const weight = weights[at] ?? 0;
      strength += targets[at] === node ? 2 * weight : weight;
    }
    strengths[node] = strength;
    total += strength;
  }
  return { ...graph, strengths, total };
}

/** The level above: one node for each of the `count` communities, what was inside of one as its loop. */
export function aggregate(level: Level, membership: Int32Array, count: number): Level {
  const members = membersOf(membership, count);
  const offsets = new Int32Array(count + 1);
  const [targets, weights] = [new Int32Array(level.targets.length), new Float64Array(level.targets.length)];
  const strengths = new Float64Array(count);
  /** By community: where in this row its edge stands. */
  const place = new Int32Array(count).fill(-1);
  let size = 0;
  for (let community = 0; community < count; community++) {
    const start = size;
    const lastMember = members.offsets[community + 1] ?? 0;
    for (let at = members.offsets[community] ?? 0; at < lastMember; at++) {
      const node = members.nodes[at] ?? 0;
      strengths[community] = (strengths[community] ?? 0) + (level.strengths[node] ?? 0);
      const end = level.offsets[node + 1] ?? 0;
      for (let edge = level.offsets[node] ?? 0; edge < end; edge++) {
        const neighbour = level.targets[edge] ?? 0;
        const other = membership[neighbour] ?? 0;
        // An edge inside is met from both of its ends, a loop once.
        const met = other === community && neighbour !== node ? 0.5 : 1;
        let slot = place[other] ?? -1;
        if (slot < start) {
          slot = size++;
          place[other] = slot;
          targets[slot] = other;
        }
        weights[slot] = (weights[slot] ?? 0) + met * (level.weights[edge] ?? 0);
      }
    }
    offsets[community + 1] = size;
  }
  const csr = { nodes: count, offsets, targets: targets.slice(0, size), weights: weights.slice(0, size) };
  return { ...csr, strengths, total: level.total };
}

export interface Members {
  readonly offsets: Int32Array;
  readonly nodes: Int32Array;
}

/** The nodes of each community, in rising order. */
function membersOf(membership: Int32Array, count: number): Members {
  const offsets = new Int32Array(count + 1);
  for (const community of membership) offsets[community + 1] = (offsets[community + 1] ?? 0) + 1;
  for (let community = 0; community < count; community++) {
    offsets[community + 1] = (offsets[community + 1] ?? 0) + (offsets[community] ?? 0);
  }
  const next = offsets.slice();
  const nodes = new Int32Array(membership.length);
  for (let node = 0; node < membership.length; node++) {
    const community = membership[node] ?? 0;
    const place = next[community] ?? 0;
    nodes[place] = node;
    next[community] = place + 1;
  }
  return { offsets, nodes };
}

/** Numbers communities 0, 1, 2 … in the order in which nodes name them, in place; returns how many there are. */
export function renumber(membership: Int32Array): number {
  const numbers = new Map<number, number>();
  for (let node = 0; node < membership.length; node++) {
    const community = membership[node] ?? 0;
    let number = numbers.get(community);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(community, number);
    }
    membership[node] = number;
  }
  return numbers.size;
}
