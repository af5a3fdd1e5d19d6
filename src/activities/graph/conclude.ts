import type { Db } from '../../database/schema.ts';
import { type CollectRule, collectors } from '../../domain/collectors.ts';
import type { StaleItem } from '../../domain/graph-item.ts';
import type { Totals } from '../../domain/run.ts';
import { type GraphGroup, readGroup, recordWork, type Worked } from '../../state/graphs/graph-groups.ts';
import { heldItems } from '../../state/graphs/graph-holds.ts';
import type { GroupTally } from '../../stores/ports/graph-data.ts';
import { type GraphStore, itemsOf } from '../../stores/ports/graph-store.ts';
import type { PartitionWork, SweepTerms } from '../sweep/sweepable.ts';
import { recomputeGroup } from './recompute.ts';
import type { GroupDuty } from './rule.ts';
import type { GraphTools, Recomputed } from './tools.ts';

/**
 * The end of the work on a group: recomputed where that is asked for, and noted in the registry. The group's version and
 * what it holds are read first: whatever becomes stale or is written from here on makes another, and the group stays
 * stale, or becomes so at the next look.
 */
export async function conclude(
  store: GraphStore,
  duty: GroupDuty,
  tools: GraphTools,
  work: PartitionWork,
): Promise<void> {
  const graph = store.mapping.name;
  const { db, partition: group, guard, signal, terms } = work;
  const begun = await readGroup(db, graph, group);
  const tally = await store.tally(group, signal);
  const results = asksRecompute(duty, terms, begun) ? await recomputeGroup(store, tools, work) : null;
  const stale = duty.collects
    ? await staleStill(db, graph, [group], store.stale([group], anyRule(terms), signal))
    : new Set([group]);
  await guard.commit(async (tx) => {
    await recordWork(tx, graph, [workedOf(duty, { group, begun, tally, stale, results })]);
    return { seen: 0, totals: recomputedTotals(results) };
  });
}

export function asksRecompute(duty: GroupDuty, { parameters }: SweepTerms, group: GraphGroup | null): boolean {
  const { recompute } = parameters;
  if (!duty.collects || recompute === 'always') return true;
  return recompute === 'needed' && group?.needs_recompute !== false;
}

/** Whatever this run was asked to collect: what another would take keeps the group stale. */
export function anyRule({ cutoff, parameters }: SweepTerms): CollectRule {
  return { cutoff, graceDays: Number(parameters.grace_days ?? 0), collectors };
}

/** Groups in which anything is left for a collector, now or when its grace is over. What is on hold waits for a person. */
export async function staleStill(
  db: Db,
  graph: string,
  groups: readonly string[],
  pages: AsyncIterable<readonly StaleItem[]>,
): Promise<ReadonlySet<string>> {
  const stale = new Set<string>();
  for await (const page of pages) {
    const held = await heldItems(db, graph, page);
    for (const [at, { group }] of page.entries()) if (!held.has(at)) stale.add(group);
    if (stale.size === groups.length) break;
  }
  return stale;
}

interface Ending {
  readonly group: string;
  readonly begun: GraphGroup | null;
  readonly tally: GroupTally;
  readonly stale: ReadonlySet<string>;
  readonly results: Recomputed | null;
}

export function workedOf(duty: GroupDuty, { group, begun, tally, stale, results }: Ending): Worked {
  return {
    ...{ group, version: begun?.version ?? 0, tally: tally.digest, items: itemsOf(tally) },
    ...{ clean: !stale.has(group), collected: duty.collects, results },
  };
}

export function recomputedTotals(results: Recomputed | null): Totals {
  if (results === null) return {};
  return results.unchanged ? { unchanged_groups: 1 } : { recomputed_groups: 1 };
}
