import { EdgeListBuilder } from '../../compute/edge-list.ts';
import type { GraphComputer } from '../../compute/graph-computer.ts';
import type { GraphResult } from '../../compute/graph-task.ts';
import type { Parameters } from '../../jobs/job.ts';
import type { EntityResult, GraphStore } from '../../stores/ports/graph-store.ts';
import type { PartitionWork } from '../sweep/sweepable.ts';

export interface GraphTools {
  readonly computer: GraphComputer;
  /** So many recomputes at once in this worker, whatever asks for them. */
  turn<T>(work: () => Promise<T>): Promise<T>;
  /** Those of `graph-recompute`, as configured. */
  settings(): Parameters;
}

export interface Recomputed {
  readonly hash: string;
  readonly communities: number;
  /** The graph and the settings are those of the results that stand: nothing was computed. */
  readonly unchanged: boolean;
}

/** Entities whose results are written together. */
const resultsAtOnce = 5_000;

/**
 * Communities and centrality of one group, written beside what readers see and then published as one. The version is the
 * epoch: what a predecessor left half written is of another, and is never seen.
 */
export function recomputeGroup(store: GraphStore, tools: GraphTools, work: PartitionWork): Promise<Recomputed> {
  return tools.turn(() => recompute(store, tools, work));
}

async function recompute(store: GraphStore, tools: GraphTools, work: PartitionWork): Promise<Recomputed> {
  const { partition: group, signal } = work;
  const settings = settingsOf(tools, work);
  const standing = await store.results(group, signal);
  const graph = await readGraph(store, settings, work);
  const previous = await previousCommunities(store, graph.numbers, work);
  const forced = work.terms.parameters.recompute === 'always';
  const { ids } = graph.list;
  const result = await tools.computer.run(
    {
      list: graph.list,
      directed: true,
      leiden: { seed: settings.seed, resolution: settings.resolution, maxIterations: settings.maxIterations },
      pageRank: { damping: settings.damping, maxIterations: settings.maxRankIterations, tolerance: settings.tolerance },
      previousHash: forced ? null : (standing?.hash ?? null),
      previousCommunities: previous.communities,
      nextCommunityId: previous.next,
    },
    { signal },
  );
  if (!result.changed) return { hash: result.hash, communities: standing?.communities ?? 0, unchanged: true };
  await write(store, work, ids, result);
  return { hash: result.hash, communities: result.communityCount, unchanged: false };
}

function settingsOf(tools: GraphTools, { terms }: PartitionWork) {
  // A run of `graph-recompute` may have been given others.
  const of = { ...tools.settings(), ...terms.parameters };
  return {
    seed: Number(of.seed),
    resolution: Number(of.resolution),
    maxIterations: Number(of.max_iterations),
    damping: Number(of.damping),
    maxRankIterations: Number(of.max_rank_iterations),
    tolerance: Number(of.tolerance),
    maxNodes: Number(of.max_nodes),
    maxEdges: Number(of.max_edges),
  };
}

async function readGraph(
  store: GraphStore,
  limits: { readonly maxNodes: number; readonly maxEdges: number },
  { partition: group, signal }: PartitionWork,
) {
  const builder = new EdgeListBuilder(limits);
  for await (const page of store.entities(group, signal)) for (const id of page) builder.addNode(id);
  for await (const page of store.edges(group, signal)) {
    for (const { source, target, weight } of page) builder.addEdge(source, target, weight);
  }
  const list = builder.finish();
  return { list, numbers: new Map(list.ids.map((id, number) => [id, number])) };
}

/** What readers see now: the start of the search, and the ids that communities keep. */
async function previousCommunities(
  store: GraphStore,
  numbers: ReadonlyMap<string, number>,
  { partition: group, signal }: PartitionWork,
): Promise<{ communities: Int32Array<ArrayBuffer> | null; next: number }> {
  const communities = new Int32Array(numbers.size).fill(-1);
  let next = 0;
  for await (const page of store.communities(group, signal)) {
    for (const { entity, community } of page) {
      next = Math.max(next, community + 1);
      const number = numbers.get(entity);
      if (number !== undefined) communities[number] = community;
    }
  }
  return { communities: next === 0 ? null : communities, next };
}

async function write(
  store: GraphStore,
  { partition: group, guard, signal, terms }: PartitionWork,
  ids: readonly string[],
  result: Extract<GraphResult, { changed: true }>,
): Promise<void> {
  const fence = { group, epoch: guard.epoch };
  for (let from = 0; from < ids.length; from += resultsAtOnce) {
    signal.throwIfAborted();
    const page = ids.slice(from, from + resultsAtOnce).map(
      (entity, at): EntityResult => ({
        entity,
        community: result.communities[from + at] ?? 0,
        centrality: result.ranks[from + at] ?? 0,
      }),
    );
    await guard.check();
    await store.writeResults(fence, guard.epoch, page, signal);
  }
  await guard.check();
  const { hash, communityCount: communities } = result;
  await store.publish(fence, { version: guard.epoch, communities, hash, computedAt: terms.cutoff }, signal);
}
