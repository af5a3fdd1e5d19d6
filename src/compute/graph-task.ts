import { canonicalGraph } from './canonical.ts';
import { keepCommunityIds } from './community-ids.ts';
import { connectedComponents } from './components.ts';
import type { EdgeList } from './edge-list.ts';
import { graphHash } from './graph-hash.ts';
import { type LeidenSettings, leiden } from './leiden/leiden.ts';
import { type PageRankSettings, pageRank } from './pagerank.ts';

/** Arrays by node are in the order of the edge list's ids, here and in the result. */
export interface GraphTask {
  readonly list: EdgeList;
  /** Whether ranks follow the edges' directions. Communities and components never do. */
  readonly directed: boolean;
  readonly leiden: LeidenSettings;
  readonly pageRank: PageRankSettings;
  /** Of the last result; a graph that has it is not computed again. `null`: compute in any case. */
  readonly previousHash: string | null;
  /** Nothing but the hash is wanted: somebody else computes. */
  readonly hashOnly?: boolean;
  /** By node: its community's id in the last result, -1 for none. `null`: there is none. */
  readonly previousCommunities: Int32Array<ArrayBuffer> | null;
  /** Above all community ids that were ever given. */
  readonly nextCommunityId: number;
}

export type GraphResult =
  | { readonly changed: false; readonly hash: string }
  | {
      readonly changed: true;
      readonly hash: string;
      /** By node: the id of its community; ids stay where membership mostly does. */
      readonly communities: Int32Array<ArrayBuffer>;
      readonly communityCount: number;
      readonly nextCommunityId: number;
      readonly modularity: number;
      /** By node; they sum to 1. */
      readonly ranks: Float64Array<ArrayBuffer>;
      /** How far the ranks still moved in the last iteration: above the tolerance the iterations did not suffice. */
      readonly rankChange: number;
      readonly componentCount: number;
    };

export interface GraphProgress {
  readonly stage: 'build' | 'communities' | 'ranks';
  /** Iterations of the stage that are done. */
  readonly done: number;
}

/** All that is computed of one group's graph, in one go and on this thread. */
export function runGraphTask(task: GraphTask, onProgress: (progress: GraphProgress) => void = () => {}): GraphResult {
  const { list, directed } = task;
  const graph = canonicalGraph(list, directed);
  const hash = graphHash(graph, { ...task.leiden, ...task.pageRank });
  onProgress({ stage: 'build', done: 1 });
  if (task.hashOnly === true || hash === task.previousHash) return { changed: false, hash };

  const numbers = graph.numbers;
  const previous = new Int32Array(list.ids.length).fill(-1);
  for (let at = 0; at < numbers.length; at++) previous[numbers[at] ?? 0] = task.previousCommunities?.[at] ?? -1;
  const found = leiden(graph.undirected, task.leiden, previous, (done) => onProgress({ stage: 'communities', done }));
  const { ids, nextId } = keepCommunityIds(found.membership, found.count, previous, task.nextCommunityId);
  const ranked = pageRank(graph.directed ?? graph.undirected, task.pageRank, (done) =>
    onProgress({ stage: 'ranks', done }),
  );
  const roots = connectedComponents(graph.undirected);
  return {
    changed: true,
    hash,
    communities: Int32Array.from(numbers, (node) => ids[found.membership[node] ?? 0] ?? 0),
    communityCount: found.count,
    nextCommunityId: nextId,
    modularity: found.modularity,
    ranks: Float64Array.from(numbers, (node) => ranked.ranks[node] ?? 0),
    rankChange: ranked.change,
    componentCount: roots.reduce((count, root, node) => (root === node ? count + 1 : count), 0),
  };
}
