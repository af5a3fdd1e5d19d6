import { type CollectRule, collectors } from '../../domain/collectors.ts';
import type { Totals } from '../../domain/run.ts';
import { type GraphGroup, readGroup, recordWork } from '../../state/graph-groups.ts';
import { heldItems } from '../../state/graph-ledger.ts';
import { type GraphStore, itemsOf } from '../../stores/ports/graph-store.ts';
import type { PartitionWork } from '../sweep/sweepable.ts';
import { type GraphTools, type Recomputed, recomputeGroup } from './recompute.ts';
import type { GroupDuty } from './rule.ts';

/**
 * The end of the work on a group: recomputed where that is asked for, and noted in the registry. The group's version is
 * read first: whatever becomes stale from here on makes another, and the group stays stale.
 */
export async function conclude(
  store: GraphStore,
  duty: GroupDuty,
  tools: GraphTools,
  work: PartitionWork,
): Promise<void> {
  const graph = store.mapping.name;
  const { partition: group, guard, signal } = work;
  const begun = await readGroup(work.db, graph, group);
  const results = asksRecompute(duty, work, begun) ? await recomputeGroup(store, tools, work) : null;
  const tally = await store.tally(group, signal);
  const graceDays = Number(work.terms.parameters.grace_days ?? 0);
  // Whatever this run was asked to collect: what another would take keeps the group stale.
  const clean =
    duty.collects && !(await isStaleStill(store, work, { cutoff: work.terms.cutoff, graceDays, collectors }));
  await guard.commit(async (tx) => {
    await recordWork(tx, {
      graph,
      group,
      version: begun?.version ?? 0,
      tally: tally.digest,
      items: itemsOf(tally),
      clean,
      collected: duty.collects,
      results,
    });
    return { seen: 0, totals: totalsOf(results) };
  });
}

function asksRecompute(duty: GroupDuty, { terms }: PartitionWork, group: GraphGroup | null): boolean {
  const { recompute } = terms.parameters;
  if (!duty.collects || recompute === 'always') return true;
  return recompute === 'needed' && group?.needs_recompute !== false;
}

/** Whether anything is left for a collector, now or when its grace is over. What is on hold waits for a person. */
async function isStaleStill(store: GraphStore, work: PartitionWork, rule: CollectRule): Promise<boolean> {
  for await (const page of store.stale([work.partition], rule, work.signal)) {
    const held = await heldItems(work.db, store.mapping.name, page);
    if (held.size < page.length) return true;
  }
  return false;
}

function totalsOf(results: Recomputed | null): Totals {
  if (results === null) return {};
  return results.unchanged ? { unchanged_groups: 1 } : { recomputed_groups: 1 };
}
