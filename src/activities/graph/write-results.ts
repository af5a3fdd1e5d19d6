import type { GraphResult } from '../../compute/graph-task.ts';
import type { EntityResult, GraphCompute } from '../../stores/ports/graph-compute.ts';
import type { TogetherPartition, TogetherWork } from '../sweep/sweepable.ts';

/** Entities whose results are written together. */
const resultsAtOnce = 5_000;

export interface NewGroup {
  readonly partition: TogetherPartition;
  readonly ids: readonly string[];
  readonly result: Extract<GraphResult, { changed: true }>;
}

interface PageOfGroup {
  readonly partition: TogetherPartition;
  readonly entities: readonly EntityResult[];
}

/** Results of small groups share a page, those of a large one take several; no more than a page is held. */
export function* pagesOf(groups: readonly NewGroup[]): Generator<readonly PageOfGroup[]> {
  let [page, held] = [[] as PageOfGroup[], 0];
  for (const { partition, ids, result } of groups) {
    for (let from = 0; from < ids.length; ) {
      const count = Math.min(ids.length - from, resultsAtOnce - held);
      page.push({ partition, entities: entityResults(ids, result, from, count) });
      from += count;
      held += count;
      if (held < resultsAtOnce) continue;
      yield page;
      [page, held] = [[], 0];
    }
  }
  if (held > 0) yield page;
}

function entityResults(ids: readonly string[], result: NewGroup['result'], from: number, count: number) {
  return ids.slice(from, from + count).map((entity, at) => ({
    entity,
    community: result.communities[from + at] ?? 0,
    centrality: result.ranks[from + at] ?? 0,
  }));
}

export async function writePages(
  compute: GraphCompute,
  work: TogetherWork,
  pages: Iterable<readonly PageOfGroup[]>,
): Promise<void> {
  for (const page of pages) await writePage(compute, work, page);
}

export async function writePage(
  compute: GraphCompute,
  work: TogetherWork,
  page: readonly PageOfGroup[],
): Promise<void> {
  work.signal.throwIfAborted();
  await work.guard.check();
  const results = page.map(({ partition, entities }) => {
    return { fence: fenceOf(partition), version: partition.epoch, entities };
  });
  await compute.write(results, work.signal);
}

interface Computed {
  readonly partition: TogetherPartition;
  readonly hash: string;
  readonly communities: number;
}

export async function publishAll(
  compute: GraphCompute,
  work: TogetherWork,
  computed: readonly Computed[],
): Promise<void> {
  if (computed.length === 0) return;
  await work.guard.check();
  const published = computed.map(({ partition, hash, communities }) => {
    const results = { version: partition.epoch, communities, hash, computedAt: work.terms.cutoff };
    return { fence: fenceOf(partition), results };
  });
  await compute.publish(published, work.signal);
}

function fenceOf({ partition, epoch }: TogetherPartition) {
  return { group: partition, epoch };
}
