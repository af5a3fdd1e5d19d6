import type { CollectRule, GraphItemKind } from '../../domain/collectors.ts';
import type { GraphItem } from '../../domain/graph-item.ts';
import type { Totals } from '../../domain/run.ts';
import type { Step } from '../sweep/sweepable.ts';

const totalOf: Readonly<Record<GraphItemKind, string>> = {
  entity: 'entities',
  mention: 'edges',
  relation: 'edges',
  vector: 'vectors',
};

/** `restored_entities`, `deleted_edges` …; only those that are not 0. */
export function counted(verb: 'deleted' | 'restored', items: readonly GraphItem[]): Totals {
  const totals: Record<string, number> = {};
  for (const { kind } of items) {
    const name = `${verb}_${totalOf[kind]}`;
    totals[name] = (totals[name] ?? 0) + 1;
  }
  return totals;
}

/** The part of a job that removes items: by which rule, and how it counts them. */
export interface Collecting {
  readonly rule: CollectRule;
  readonly counted?: (removed: readonly GraphItem[]) => Totals;
}

/** Part of a step: items of one group were removed, and some that had been due stay. */
export function removedStep(
  removed: readonly GraphItem[],
  noLongerDue: number,
  count: Collecting['counted'] = (items) => counted('deleted', items),
): Step {
  const totals = { ...count(removed), ...(noLongerDue === 0 ? {} : { no_longer_due: noLongerDue }) };
  return { removed: removed.length, totals };
}

export function entitiesOf(items: readonly GraphItem[]): number {
  return items.filter(({ kind }) => kind === 'entity').length;
}
