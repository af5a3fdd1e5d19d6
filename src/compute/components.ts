import type { Csr } from './csr.ts';

/** Weakly connected components: each node has the smallest number among the nodes it hangs together with. */
export function connectedComponents({ nodes, offsets, targets }: Csr): Int32Array<ArrayBuffer> {
  const parents = new Int32Array(nodes);
  for (let node = 0; node < nodes; node++) parents[node] = node;
  for (let node = 0; node < nodes; node++) {
    const end = offsets[node + 1] ?? 0;
    for (let at = offsets[node] ?? 0; at < end; at++) {
      const [a, b] = [rootOf(parents, node), rootOf(parents, targets[at] ?? 0)];
      // The smaller becomes the root, so that roots are the labels in the end.
      if (a < b) parents[b] = a;
      else parents[a] = b;
    }
  }
  for (let node = 0; node < nodes; node++) parents[node] = rootOf(parents, node);
  return parents;
}

/** Halves the way to the root as it walks. */
function rootOf(parents: Int32Array, node: number): number {
  let at = node;
  for (;;) {
    const parent = parents[at] ?? 0;
    if (parent === at) return at;
    const grandparent = parents[parent] ?? 0;
    parents[at] = grandparent;
    at = grandparent;
  }
}
