import { buildCsr, type Csr } from './csr.ts';
import type { EdgeList } from './edge-list.ts';

/** A graph whose nodes are numbered by their ids' order, so that neither numbers nor results depend on how it streamed. */
export interface CanonicalGraph {
  /** In rising order. */
  readonly ids: readonly string[];
  /** By the node's number in the edge list: its number here. */
  readonly numbers: Int32Array;
  readonly undirected: Csr;
  /** With the directions of the edges; `null` if they have none. */
  readonly directed: Csr | null;
}

export function canonicalGraph(list: EdgeList, directed: boolean): CanonicalGraph {
  const ids = list.ids.toSorted();
  const rank = new Map(ids.map((id, number) => [id, number]));
  const numbers = Int32Array.from(list.ids, (id) => rank.get(id) ?? 0);
  const edges = {
    sources: list.sources.map((node) => numbers[node] ?? 0),
    targets: list.targets.map((node) => numbers[node] ?? 0),
    weights: list.weights,
  };
  return {
    ids,
    numbers,
    undirected: buildCsr(ids.length, edges, false),
    directed: directed ? buildCsr(ids.length, edges, true) : null,
  };
}
