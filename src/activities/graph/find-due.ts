import type { StaleItem } from '../../domain/graph-item.ts';
import { heldItems } from '../../state/graphs/graph-holds.ts';
import type { GraphStore } from '../../stores/ports/graph-store.ts';
import type { TogetherWork } from '../sweep/sweepable.ts';
import { anyRule, ruleFor, ruleOf } from './rule.ts';
import type { Found, Search } from './strategy.ts';

/**
 * Items that are due, without those on hold. An entity whose edge is held stays with it: in the groups where that is so,
 * only entities without any edge are due.
 */
export async function* findDue({ db, store, groups, terms, signal }: Search): AsyncGenerator<Found> {
  const rule = ruleOf(terms);
  const withHeldEdges = new Set<string>();
  const entities: StaleItem[][] = [];
  for await (const page of store.census.stale(groups, rule, signal)) {
    const stale = page.filter((one) => one.due);
    const held = terms.respectHolds ? await heldItems(db, store.mapping.name, stale) : new Set<number>();
    const due = stale.filter((_, at) => !held.has(at));
    const kept = stale.filter((_, at) => held.has(at));
    for (const { kind, group } of kept) if (kind === 'relation' || kind === 'mention') withHeldEdges.add(group);
    entities.push(due.filter(({ kind }) => kind === 'entity'));
    yield { due: due.filter(({ kind }) => kind !== 'entity'), held: kept };
  }
  const strict = new Set<string>();
  if (withHeldEdges.size > 0 && rule.collectors.includes('orphan-entities')) {
    for await (const page of store.census.stale([...withHeldEdges], ruleFor(rule, 'entity'), signal)) {
      for (const one of page) if (one.due) strict.add(JSON.stringify([one.group, one.id]));
    }
  }
  for (const page of entities) {
    const due = page.filter((one) => !withHeldEdges.has(one.group) || strict.has(JSON.stringify([one.group, one.id])));
    if (due.length > 0) yield { due, held: [] };
  }
}

/** Groups in which anything is left for a collector, now or when its grace is over. Items on hold wait for a person. */
export async function groupsWithLeftovers(store: GraphStore, work: TogetherWork): Promise<ReadonlySet<string>> {
  const groups = work.partitions.map(({ partition }) => partition);
  const left = new Set<string>();
  for await (const page of store.census.stale(groups, anyRule(work.terms), work.signal)) {
    const held = await heldItems(work.db, store.mapping.name, page);
    for (const [at, { group }] of page.entries()) if (!held.has(at)) left.add(group);
    if (left.size === groups.length) break;
  }
  return left;
}
