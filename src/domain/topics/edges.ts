/** Edges of a graph whose nodes are numbers; each edge once. */
export interface TopicEdges {
  readonly sources: Int32Array;
  readonly targets: Int32Array;
  readonly weights: Float64Array;
}

/** The best neighbours of each node, best first; -1 fills the places of those that do not exist. */
export interface RankedNeighbours {
  readonly k: number;
  readonly indices: ArrayLike<number>;
  readonly scores: ArrayLike<number>;
}

/**
 * Pairs that are among the best neighbours of each other. A node that many others name as their neighbour, such as a word
 * that fits everywhere, names few of them itself, and does not tie topics together.
 */
export function mutualEdges({ k, indices, scores }: RankedNeighbours): TopicEdges {
  const nodes = Math.floor(indices.length / Math.max(1, k));
  const [sources, targets, weights]: [number[], number[], number[]] = [[], [], []];
  const names = (node: number, other: number) => {
    for (let at = node * k; at < (node + 1) * k; at++) if (indices[at] === other) return true;
    return false;
  };
  for (let node = 0; node < nodes; node++) {
    for (let at = node * k; at < (node + 1) * k; at++) {
      const other = indices[at] ?? -1;
      if (other <= node || !names(other, node)) continue;
      sources.push(node);
      targets.push(other);
      weights.push(Math.max(0, scores[at] ?? 0));
    }
  }
  return { sources: Int32Array.from(sources), targets: Int32Array.from(targets), weights: Float64Array.from(weights) };
}

/** The weight of a node's former community, as a share of the weight of all its neighbours. */
const inertia = 0.25;

/**
 * The graph with a node for each former community, tied to its members: evolutionary clustering (Chakrabarti, Kumar and
 * Tomkins, KDD 2006). A few new nodes then move few others. The node of community c is `former.length` + c.
 *
 * @param former by node: its community before; -1 for none
 */
export function anchoredEdges(edges: TopicEdges, former: Int32Array): TopicEdges {
  const strengths = new Float64Array(former.length);
  edges.weights.forEach((weight, at) => {
    for (const node of [edges.sources[at] ?? 0, edges.targets[at] ?? 0])
      strengths[node] = (strengths[node] ?? 0) + weight;
  });
  const members = [...former.keys()].filter((node) => (former[node] ?? -1) >= 0);
  return {
    sources: Int32Array.from([...edges.sources, ...members]),
    targets: Int32Array.from([...edges.targets, ...members.map((node) => former.length + (former[node] ?? 0))]),
    weights: Float64Array.from([...edges.weights, ...members.map((node) => inertia * (strengths[node] ?? 0))]),
  };
}
