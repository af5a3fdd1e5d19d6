import { EdgeListBuilder } from '../../compute/edge-list.ts';
import type { GraphResult, GraphTask } from '../../compute/graph-task.ts';
import { runIdOf } from '../../state/runs/runs.ts';
import type { GraphAlgorithms, GraphCompute, GraphResults } from '../../stores/ports/graph-compute.ts';
import type { TogetherPartition, TogetherWork } from '../sweep/sweepable.ts';
import { asItStands, graphTask, hashToSkip, PreviousCommunities } from './task.ts';
import { type GraphSettings, type GraphTools, type Recomputed, settingsOf } from './tools.ts';
import { type NewGroup, pagesOf, publishAll, writePage, writePages } from './write-results.ts';

/**
 * Communities and centrality of groups, written where no reader looks and then published as one. Groups are read in a few
 * statements and computed on one thread in one go. The version is the epoch: results that a predecessor left half written
 * have another, and are never seen.
 *
 * @returns by partition's number
 */
export function recomputeGroups(
  compute: GraphCompute,
  tools: GraphTools,
  work: TogetherWork,
  partitions: readonly TogetherPartition[],
): Promise<ReadonlyMap<number, Recomputed>> {
  if (partitions.length === 0) return Promise.resolve(new Map());
  return tools.turn(async () => {
    const read = await readGroups(compute, settingsOf(tools, work.terms), work, partitions);
    return compute.algorithms === null
      ? computeInWorker(compute, tools, work, read)
      : computeInStore(compute, compute.algorithms, tools, work, read);
  });
}

interface ReadGroup {
  readonly partition: TogetherPartition;
  /** Results that readers see now. */
  readonly standing: GraphResults | null;
  readonly previous: PreviousCommunities;
  readonly task: Omit<GraphTask, 'previousHash'>;
  /** A graph with this hash is not computed again. */
  readonly previousHash: string | null;
}

async function readGroups(
  compute: GraphCompute,
  settings: GraphSettings,
  { terms, signal }: TogetherWork,
  partitions: readonly TogetherPartition[],
): Promise<ReadGroup[]> {
  const names = partitions.map(({ partition }) => partition);
  const standing = await compute.results(names, signal);
  const builders = new Map(names.map((name) => [name, new EdgeListBuilder(settings)]));
  for await (const page of compute.entities(names, signal)) {
    for (const { group, entities } of page) for (const id of entities) builders.get(group)?.addNode(id);
  }
  for await (const page of compute.edges(names, signal)) {
    for (const edges of page) builders.get(edges.group)?.addEdges(edges);
  }
  const communities = new Map([...builders].map(([name, builder]) => [name, new PreviousCommunities(builder)]));
  for await (const page of compute.communities(names, signal)) {
    for (const { group, entities, communities: ids } of page) {
      const previous = communities.get(group);
      for (const [at, entity] of entities.entries()) previous?.add(entity, ids[at] ?? 0);
    }
  }
  return partitions.flatMap((partition): ReadGroup[] => {
    const [builder, previous] = [builders.get(partition.partition), communities.get(partition.partition)];
    if (builder === undefined || previous === undefined) return [];
    const now = standing.get(partition.partition) ?? null;
    const previousHash = hashToSkip(terms, now, previous);
    return [{ partition, standing: now, previous, previousHash, task: graphTask(builder, previous, settings) }];
  });
}

async function computeInWorker(
  compute: GraphCompute,
  tools: GraphTools,
  work: TogetherWork,
  read: readonly ReadGroup[],
): Promise<ReadonlyMap<number, Recomputed>> {
  const tasks = read.map(({ task, previousHash }) => ({ ...task, previousHash }));
  const results = await tools.computer.runAll(tasks, { signal: work.signal });
  const recomputed = new Map<number, Recomputed>();
  const changed: NewGroup[] = [];
  for (const [at, { partition, standing, task }] of read.entries()) {
    const result = resultAt(results, at);
    const { hash } = result;
    if (!result.changed) {
      recomputed.set(partition.no, asItStands(work.terms, standing, hash));
      continue;
    }
    recomputed.set(partition.no, { hash, communities: result.communityCount, unchanged: false });
    changed.push({ partition, ids: task.list.ids, result });
  }
  await writePages(compute, work, pagesOf(changed));
  await publishAll(
    compute,
    work,
    changed.map(({ partition, result: { hash, communityCount: communities } }) => ({ partition, hash, communities })),
  );
  return recomputed;
}

/** By the store's own algorithms, group by group: only the hash of each graph is computed here. */
async function computeInStore(
  compute: GraphCompute,
  algorithms: GraphAlgorithms,
  tools: GraphTools,
  work: TogetherWork,
  read: readonly ReadGroup[],
): Promise<ReadonlyMap<number, Recomputed>> {
  const settings = settingsOf(tools, work.terms);
  const hashed = read.map(({ task }) => ({ ...task, previousHash: null, hashOnly: true }));
  const results = await tools.computer.runAll(hashed, { signal: work.signal });
  const runId = await runIdOf(work.db, work.runNo);
  const recomputed = new Map<number, Recomputed>();
  for (const [at, { partition, standing, previous, previousHash, task }] of read.entries()) {
    // Another engine finds other communities.
    const hash = `store-${settings.algorithm}-${resultAt(results, at).hash}`;
    if (hash === previousHash) {
      recomputed.set(partition.no, asItStands(work.terms, standing, hash));
      continue;
    }
    const communities = new Set<number>();
    const request = { ...settings, runId, seeds: previous.seeds(task.list.ids) };
    for await (const entities of algorithms.run(partition.partition, request, work.signal)) {
      for (const { community } of entities) communities.add(community);
      await writePage(compute, work, [{ partition, entities }]);
    }
    await publishAll(compute, work, [{ partition, hash, communities: communities.size }]);
    recomputed.set(partition.no, { hash, communities: communities.size, unchanged: false });
  }
  return recomputed;
}

function resultAt(results: readonly GraphResult[], at: number): GraphResult {
  const result = results[at];
  if (result === undefined) throw new Error('every task has a result');
  return result;
}
