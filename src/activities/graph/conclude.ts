import type { Totals } from '../../domain/run.ts';
import { readGroups, recordWork } from '../../state/graphs/graph-groups.ts';
import { itemsOf } from '../../stores/ports/graph-census.ts';
import type { GraphStore } from '../../stores/ports/graph-store.ts';
import type { TogetherWork } from '../sweep/sweepable.ts';
import { recomputeGroups } from './recompute.ts';
import type { GraphStrategy } from './strategy.ts';
import type { GraphTools, Recomputed } from './tools.ts';

/**
 * The end of the work on groups: recomputed where that is asked for, and noted in the registry. A group's version and
 * tally are read first: whatever becomes stale or is written from here on makes another, and the group stays stale, or
 * becomes so at the next survey.
 */
export async function concludeGroups(
  store: GraphStore,
  strategy: GraphStrategy,
  tools: GraphTools,
  work: TogetherWork,
): Promise<void> {
  const graph = store.mapping.name;
  const { db, partitions, signal, terms } = work;
  const groups = partitions.map(({ partition }) => partition);
  const begun = new Map((await readGroups(db, graph, groups)).map((row) => [row.group_id, row]));
  const tallies = await store.census.talliesOf(groups, signal);
  const asked = partitions.filter(({ partition }) => strategy.recomputes(terms, begun.get(partition) ?? null));
  const recomputed = await recomputeGroups(store.compute, tools, work, asked);
  const conclusionOf = await strategy.conclude(store, work);
  signal.throwIfAborted();
  await work.guard.finish(async (tx) => {
    const worked = partitions.flatMap(({ no, partition: group }) => {
      const tally = tallies.get(group);
      if (tally === undefined) return [];
      const before = { group, version: begun.get(group)?.version ?? 0, tally: tally.digest, items: itemsOf(tally) };
      return [{ ...before, ...conclusionOf(group), results: recomputed.get(no) ?? null }];
    });
    await recordWork(tx, graph, worked);
    return new Map(partitions.map(({ no }) => [no, { totals: totalsOf(recomputed.get(no)) }]));
  });
}

function totalsOf(results: Recomputed | undefined): Totals {
  if (results === undefined) return {};
  return results.unchanged ? { unchanged_groups: 1 } : { recomputed_groups: 1 };
}
