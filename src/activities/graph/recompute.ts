import { EdgeListBuilder } from '../../compute/edge-list.ts';
import type { GraphResult } from '../../compute/graph-task.ts';
import { runIdOf } from '../../state/runs/runs.ts';
import type { EntityResult } from '../../stores/ports/graph-data.ts';
import type { GraphStore } from '../../stores/ports/graph-store.ts';
import type { PartitionWork } from '../sweep/sweepable.ts';
import { asItStands, entityResults, graphTask, hashToSkip, PreviousCommunities } from './task.ts';
import { type GraphSettings, type GraphTools, type Recomputed, settingsOf } from './tools.ts';

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
  const { partition: group, signal, terms } = work;
  const settings = settingsOf(tools, terms);
  const standing = await store.results(group, signal);
  const graph = await readGraph(store, settings, work);
  const previous = await previousCommunities(store, graph, work);
  const previousHash = hashToSkip(terms, standing, previous);
  const task = graphTask(graph, previous, settings);
  const { ids } = task.list;
  const { algorithms } = store;
  if (algorithms === null) {
    const result = await tools.computer.run({ ...task, previousHash }, { signal });
    if (!result.changed) return asItStands(terms, standing, result.hash);
    await write(store, work, result.hash, pagesOf(ids, result));
    return { hash: result.hash, communities: result.communityCount, unchanged: false };
  }
  const bare = await tools.computer.run({ ...task, previousHash: null, hashOnly: true }, { signal });
  // Another engine finds other communities.
  const hash = `store-${settings.algorithm}-${bare.hash}`;
  if (hash === previousHash) return asItStands(terms, standing, hash);
  const seeds = new Map<string, number>();
  for (const [number, id] of ids.entries()) {
    const community = previous.communities?.[number] ?? -1;
    if (community >= 0) seeds.set(id, community);
  }
  const request = { ...settings, runId: await runIdOf(work.db, work.ledger.runNo), seeds };
  const communities = await write(store, work, hash, algorithms.run(group, request, signal));
  return { hash, communities, unchanged: false };
}

async function readGraph(
  store: GraphStore,
  limits: GraphSettings,
  { partition: group, signal }: PartitionWork,
): Promise<EdgeListBuilder> {
  const builder = new EdgeListBuilder(limits);
  for await (const page of store.entities(group, signal)) for (const id of page) builder.addNode(id);
  for await (const page of store.edges(group, signal)) builder.addEdges(page);
  return builder;
}

async function previousCommunities(
  store: GraphStore,
  graph: EdgeListBuilder,
  { partition: group, signal }: PartitionWork,
): Promise<PreviousCommunities> {
  const previous = new PreviousCommunities(graph);
  for await (const page of store.communities(group, signal)) {
    for (const { entity, community } of page) previous.add(entity, community);
  }
  return previous;
}

function* pagesOf(
  ids: readonly string[],
  result: Extract<GraphResult, { changed: true }>,
): Generator<readonly EntityResult[]> {
  for (let from = 0; from < ids.length; from += resultsAtOnce) yield entityResults(ids, result, from, resultsAtOnce);
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
