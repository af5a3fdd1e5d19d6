import type { CollectRule, GraphItemKind } from '../../domain/collectors.ts';
import type { GraphImage, GraphItem } from '../../domain/graph-item.ts';
import type { Totals } from '../../domain/run.ts';
import { recordChanged } from '../../state/graphs/graph-groups.ts';
import { nextGraphItems, type PlacedItem } from '../../state/graphs/graph-items.ts';
import { dropLedgerItems, pendingItems, recordItems, settleItems } from '../../state/graphs/graph-ledger.ts';
import {
  byKind,
  type GraphStore,
  type ItemsInDatabase,
  type ItemsOutside,
  itemKey,
  wayOf,
} from '../../stores/ports/graph-store.ts';
import type { PartitionWork, Step } from '../sweep/sweepable.ts';
import { type GroupDuty, ruleFor, ruleOf } from './rule.ts';

/**
 * One batch of a group's items, in the order of the collectors. In Coppice's own database it is one transaction, whatever
 * kinds are in it. Elsewhere it is of one kind, since an entity may go only once its edges have, and as with documents:
 *
 *   read whole → T1: intents with the images → fence checked → judged again and deleted as they were read, under the
 *   fence of the store → T2: what is gone stays in the ledger, what stays leaves it
 *
 * False when no item is left after it.
 */
export async function collectBatch(
  store: GraphStore,
  duty: GroupDuty,
  work: PartitionWork,
  size: number,
): Promise<boolean> {
  const rule = ruleOf(duty, work.terms);
  if (rule === null) return false;
  const page = await nextGraphItems(work.db, work.ledger, store.mapping.name, work.guard.after, size);
  const [first] = page;
  if (first === undefined) return false;
  const way = wayOf(store, first.kind);
  const together = ({ kind }: PlacedItem) =>
    kind === first.kind || (way.at === 'database' && wayOf(store, kind) === way);
  const batch = page.filter(together);
  if (way.at === 'database') await collectInDatabase(store, way, rule, work, batch);
  else await collectOutside(store, way, rule, work, batch);
  return page.length === size || batch.length < page.length;
}

async function collectInDatabase(
  store: GraphStore,
  items: ItemsInDatabase,
  rule: CollectRule,
  work: PartitionWork,
  page: readonly PlacedItem[],
): Promise<void> {
  const graph = store.mapping.name;
  await work.guard.commit(async (tx) => {
    const gone: GraphImage[] = [];
    for (const [kind, some] of byKind(page)) {
      gone.push(...(await items.remove(tx, work.partition, ruleFor(rule, kind), some)));
    }
    if (work.keep) await recordItems(tx, work.ledger, graph, gone, null);
    if (gone.length > 0) await recordChanged(tx, graph, [{ group: work.partition, orphans: entitiesOf(gone) }]);
    return collectedStep(page, gone);
  });
}

/** What removing a page of a group's items came to. */
export function collectedStep(page: readonly PlacedItem[], gone: readonly GraphItem[]): Step {
  const totals = { ...deleted(gone), ...noLongerDue(page.length - gone.length) };
  return { ...endOf(page), removed: gone.length, totals };
}

async function collectOutside(
  store: GraphStore,
  items: ItemsOutside,
  rule: CollectRule,
  work: PartitionWork,
  batch: readonly PlacedItem[],
): Promise<void> {
  const images = await items.fetch(work.partition, batch, work.signal);
  await work.guard.commit(async (tx) => {
    await recordItems(tx, work.ledger, store.mapping.name, images, 'intent');
    // The checkpoint moves here: from now on these items are known by their intents.
    return { ...endOf(batch), totals: noLongerDue(batch.length - images.length) };
  });
  await carryOut(store, items, rule, work, images);
}

function endOf(page: readonly PlacedItem[]): { readonly after: string | null } {
  return { after: page.at(-1)?.place ?? null };
}

const recoveryBatch = 500;

/** Finishes what a predecessor of the same run left between two transactions. */
export async function finishIntents(store: GraphStore, duty: GroupDuty, work: PartitionWork): Promise<void> {
  const rule = ruleOf(duty, work.terms);
  if (!hasIntents(store) || rule === null) return;
  for (;;) {
    const images = await pendingItems(work.db, work.ledger, recoveryBatch);
    if (images.length === 0) return;
    for (const [kind, some] of byKind(images)) await carryOut(store, outsideOf(store, kind), rule, work, some);
  }
}

function hasIntents({ items, vectorItems }: GraphStore): boolean {
  return items.at === 'outside' || vectorItems !== undefined;
}

/** How items go that there are intents of. */
function outsideOf(store: GraphStore, kind: GraphItemKind): ItemsOutside {
  const way = wayOf(store, kind);
  if (way.at === 'outside') return way;
  throw new Error(`a ${kind} of this graph goes without an intent`);
}

/**
 * The same for a run that has ended, by whatever job finds it: what is gone was removed by that run and can be undone with
 * it; what stands is let go, to be judged by the next survey.
 */
export async function settleAbandoned(store: GraphStore, work: PartitionWork): Promise<void> {
  if (!hasIntents(store)) return;
  for (;;) {
    const images = await pendingItems(work.db, work.ledger, recoveryBatch);
    if (images.length === 0) return;
    const standing: string[] = [];
    for (const [kind, some] of byKind(images)) {
      const found = await outsideOf(store, kind).fetch(work.partition, some, work.signal);
      standing.push(...found.map(itemKey));
    }
    await settle(store, work, images, standing);
  }
}

/** From T1 to the end, of items of one kind. Idempotent: what is gone already is fine. */
async function carryOut(
  store: GraphStore,
  items: ItemsOutside,
  rule: CollectRule,
  work: PartitionWork,
  images: readonly GraphImage[],
): Promise<void> {
  const [first] = images;
  if (first === undefined) return;
  await work.guard.check();
  const fence = { group: work.partition, epoch: work.guard.epoch };
  const { stay } = await items.remove(fence, ruleFor(rule, first.kind), images, work.signal);
  await settle(store, work, images, stay);
}

/** T2. `stay`: keys of those that are not gone. */
async function settle(
  store: GraphStore,
  work: PartitionWork,
  images: readonly GraphImage[],
  stay: readonly string[],
): Promise<void> {
  const keys = new Set(stay);
  const stays = (image: GraphImage) => keys.has(itemKey(image));
  const staying = images.filter(stays);
  const gone = images.filter((image) => !stays(image));
  await work.guard.commit(async (tx) => {
    await settleItems(tx, work.ledger, gone, work.keep);
    await dropLedgerItems(tx, work.ledger, staying);
    if (gone.length > 0)
      await recordChanged(tx, store.mapping.name, [{ group: work.partition, orphans: entitiesOf(gone) }]);
    return { removed: gone.length, totals: { ...deleted(gone), ...noLongerDue(staying.length) } };
  });
}

export function entitiesOf(gone: readonly GraphItem[]): number {
  return gone.filter(({ kind }) => kind === 'entity').length;
}

const totalOf: Readonly<Record<GraphItemKind, string>> = {
  entity: 'entities',
  mention: 'edges',
  relation: 'edges',
  vector: 'vectors',
};

function deleted(gone: readonly GraphItem[]): Totals {
  return counted('deleted', gone);
}

/** `restored_entities`, `deleted_edges` …; nothing where there is nothing. */
export function counted(verb: 'deleted' | 'restored', items: readonly GraphItem[]): Totals {
  const totals: Record<string, number> = {};
  for (const { kind } of items) {
    const name = `${verb}_${totalOf[kind]}`;
    totals[name] = (totals[name] ?? 0) + 1;
  }
  return totals;
}

function noLongerDue(count: number): Totals {
  return count === 0 ? {} : { no_longer_due: count };
}
