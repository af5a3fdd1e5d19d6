/**
 * A graph in compressed rows: the neighbours of node `u` are `targets[offsets[u]]` up to `targets[offsets[u + 1] - 1]`, in
 * rising order, each once. An undirected edge stands in both rows, a loop once in its own.
 */
export interface Csr {
  readonly nodes: number;
  readonly offsets: Int32Array;
  readonly targets: Int32Array;
  readonly weights: Float64Array;
}

export interface Edges {
  readonly sources: Int32Array;
  readonly targets: Int32Array;
  readonly weights: Float64Array;
}

/**
 * Parallel edges become one with the sum of their weights. The same edges give the same graph to the last bit in whatever
 * order they come. Time and memory are linear in nodes and edges: two counting sorts.
 */
export function buildCsr(nodes: number, edges: Edges, directed: boolean): Csr {
  const byTarget = countingSort(nodes, entriesOf(edges, directed));
  const bySource = countingSort(nodes, { keys: byTarget.others, others: byTarget.keys, weights: byTarget.weights });
  return mergeParallel(nodes, bySource);
}

interface Entries {
  readonly keys: Int32Array;
  readonly others: Int32Array;
  readonly weights: Float64Array;
}

/** Keyed by target: every edge, and every undirected one that is no loop a second time the other way. */
function entriesOf({ sources, targets, weights }: Edges, directed: boolean): Entries {
  if (directed) return { keys: targets, others: sources, weights };
  let loops = 0;
  for (let at = 0; at < sources.length; at++) if (sources[at] === targets[at]) loops++;
  const size = sources.length * 2 - loops;
  const all = { keys: new Int32Array(size), others: new Int32Array(size), weights: new Float64Array(size) };
  all.keys.set(targets);
  all.others.set(sources);
  all.weights.set(weights);
  let next = sources.length;
  for (let at = 0; at < sources.length; at++) {
    if (sources[at] === targets[at]) continue;
    all.keys[next] = sources[at] ?? 0;
    all.others[next] = targets[at] ?? 0;
    all.weights[next] = weights[at] ?? 0;
    next++;
  }
  return all;
}

/** By key, stable. */
function countingSort(nodes: number, { keys, others, weights }: Entries): Entries {
  const next = new Int32Array(nodes + 1);
  for (let at = 0; at < keys.length; at++) next[(keys[at] ?? 0) + 1] = (next[(keys[at] ?? 0) + 1] ?? 0) + 1;
  for (let node = 0; node < nodes; node++) next[node + 1] = (next[node + 1] ?? 0) + (next[node] ?? 0);
  const { length } = keys;
  const sorted = { keys: new Int32Array(length), others: new Int32Array(length), weights: new Float64Array(length) };
  for (let at = 0; at < length; at++) {
    const key = keys[at] ?? 0;
    const place = next[key] ?? 0;
    next[key] = place + 1;
    sorted.keys[place] = key;
    sorted.others[place] = others[at] ?? 0;
    sorted.weights[place] = weights[at] ?? 0;
  }
  return sorted;
}

function mergeParallel(nodes: number, { keys, others, weights }: Entries): Csr {
  const offsets = new Int32Array(nodes + 1);
  const [targets, sums] = [new Int32Array(keys.length), new Float64Array(keys.length)];
  let size = 0;
  for (let at = 0; at < keys.length; size++) {
    const [source, target] = [keys[at] ?? 0, others[at] ?? 0];
    let end = at + 1;
    while (end < keys.length && keys[end] === source && others[end] === target) end++;
    targets[size] = target;
    sums[size] = end === at + 1 ? (weights[at] ?? 0) : sumOf(weights.subarray(at, end));
    offsets[source + 1] = size + 1;
    at = end;
  }
  // A node without edges ends where the one before it does.
  for (let node = 0; node < nodes; node++) {
    offsets[node + 1] = Math.max(offsets[node + 1] ?? 0, offsets[node] ?? 0);
  }
  return { nodes, offsets, targets: targets.slice(0, size), weights: sums.slice(0, size) };
}

/** In rising order: the sum of floating-point numbers depends on their order, and that of a stream may change. */
function sumOf(weights: Float64Array): number {
  let sum = 0;
  for (const weight of weights.sort()) sum += weight;
  return sum;
}
