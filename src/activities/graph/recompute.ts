import { EdgeListBuilder } from '../../compute/edge-list.ts';
import type { GraphComputer } from '../../compute/graph-computer.ts';
import type { GraphResult } from '../../compute/graph-task.ts';
import type { Parameters } from '../../jobs/job.ts';
import { runIdOf } from '../../state/runs.ts';
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
  const standingHash = work.terms.parameters.recompute === 'always' ? null : (standing?.hash ?? null);
  // Published by this very run, by a predecessor that died before it could say so: that is no less computed.
  const ours = standing?.computedAt.getTime() === work.terms.cutoff.getTime();
  const asTheyStand = (hash: string) => ({ hash, communities: standing?.communities ?? 0, unchanged: !ours });
  const task = {
    list: graph.list,
    directed: true,
    leiden: { seed: settings.seed, resolution: settings.resolution, maxIterations: settings.maxIterations },
    pageRank: { damping: settings.damping, maxIterations: settings.maxRankIterations, tolerance: settings.tolerance },
    previousCommunities: previous.communities,
    nextCommunityId: previous.next,
  };
  const { ids } = graph.list;
  const { algorithms } = store;
  if (algorithms === null) {
    const result = await tools.computer.run({ ...task, previousHash: standingHash }, { signal });
    if (!result.changed) return asTheyStand(result.hash);
    await write(store, work, result.hash, pagesOf(ids, result));
    return { hash: result.hash, communities: result.communityCount, unchanged: false };
  }
  const bare = await tools.computer.run({ ...task, previousHash: null, hashOnly: true }, { signal });
  // Another engine finds other communities.
  const hash = `store-${settings.algorithm}-${bare.hash}`;
  if (hash === standingHash) return asTheyStand(hash);
  const seeds = new Map<string, number>();
  for (const [id, number] of graph.numbers) {
    const community = previous.communities?.[number] ?? -1;
    if (community >= 0) seeds.set(id, community);
  }
  const request = { ...settings, runId: await runIdOf(work.db, work.ledger.runNo), seeds };
  const communities = await write(store, work, hash, algorithms.run(group, request, signal));
  return { hash, communities, unchanged: false };
}

function settingsOf(tools: GraphTools, { terms }: PartitionWork) {
  // A run of `graph-recompute` may have been given others.
  const of = { ...tools.settings(), ...terms.parameters };
  return {
    algorithm: of.algorithm === 'louvain' ? ('louvain' as const) : ('leiden' as const),
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

function* pagesOf(
  ids: readonly string[],
  result: Extract<GraphResult, { changed: true }>,
): Generator<readonly EntityResult[]> {
  for (let from = 0; from < ids.length; from += resultsAtOnce) {
    yield ids.slice(from, from + resultsAtOnce).map((entity, at) => ({
      entity,
      community: result.communities[from + at] ?? 0,
      centrality: result.ranks[from + at] ?? 0,
    }));
  }
}

/** Page by page, then published as one; how many communities there are. */
async function write(
  store: GraphStore,
  { partition: group, guard, signal, terms }: PartitionWork,
  hash: string,
  pages: AsyncIterable<readonly EntityResult[]> | Iterable<readonly EntityResult[]>,
): Promise<number> {
  const fence = { group, epoch: guard.epoch };
  const communities = new Set<number>();
  for await (const page of pages) {
    signal.throwIfAborted();
    for (const { community } of page) communities.add(community);
    await guard.check();
    await store.writeResults(fence, guard.epoch, page, signal);
  }
  await guard.check();
  const results = { version: guard.epoch, communities: communities.size, hash, computedAt: terms.cutoff };
  await store.publish(fence, results, signal);
  return communities.size;
}
