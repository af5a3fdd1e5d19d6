import type { CollectRule, GraphItemKind } from '../../domain/collectors.ts';
import type { GraphImage } from '../../domain/graph-item.ts';
import { recordChanged } from '../../state/graphs/graph-groups.ts';
import type { ItemOfPart } from '../../state/graphs/graph-items.ts';
import { dropLedgerItems, pendingItems, recordItems, settleItems } from '../../state/graphs/graph-ledger.ts';
import { areInDatabase, byKind, type ItemsOutside, itemKey, wayOf } from '../../stores/ports/graph-items.ts';
import type { GraphStore } from '../../stores/ports/graph-store.ts';
import type { TogetherPartition, TogetherWork } from '../sweep/sweepable.ts';
import { ruleFor, ruleOf } from './rule.ts';
import { entitiesOf, removedStep } from './totals.ts';

const recoveryBatch = 500;

/**
 * Items of one kind in another store, group by group, as with documents:
 *
 *   read whole → T1: intents with the images → fence checked → judged again and deleted as they were read, under the
 *   fence of the store → T2: what is deleted stays in the ledger, what stays leaves it
 */
export async function collectOutside(
  graph: string,
  items: ItemsOutside,
  work: TogetherWork,
  batch: readonly ItemOfPart[],
): Promise<void> {
  const given = Map.groupBy(batch, ({ partNo }) => partNo);
  for (const one of work.partitions) {
    const own = given.get(one.no);
    if (own === undefined) continue;
    const images = await items.fetch(one.partition, own, work.signal);
    await work.guard.commit(async (tx) => {
      const intents = images.map((image) => ({ ...image, partNo: one.no }));
      await recordItems(tx, { runNo: work.runNo, graph }, intents, 'intent');
      // The checkpoint moves here: from now on these items are known by their intents.
      const step = { after: own.at(-1)?.place ?? null, ...removedStep([], own.length - images.length) };
      return new Map([[one.no, step]]);
    });
    await carryOut(graph, items, ruleOf(work.terms), work, one, images);
  }
}

/** Finishes what a predecessor of the same run left between two transactions. */
export function finishIntents(store: GraphStore, rule: CollectRule, work: TogetherWork): Promise<void> {
  return eachPending(store, work, async (one, images) => {
    for (const [kind, some] of byKind(images)) {
      await carryOut(store.mapping.name, outsideOf(store, kind), rule, work, one, some);
    }
  });
}

/**
 * The same for a run that has ended, by whatever job finds it: what is deleted was removed by that run and can be undone
 * with it; what exists is released, to be judged by the next survey.
 */
export function settleAbandoned(store: GraphStore, work: TogetherWork): Promise<void> {
  return eachPending(store, work, async (one, images) => {
    const standing: string[] = [];
    for (const [kind, some] of byKind(images)) {
      const found = await outsideOf(store, kind).fetch(one.partition, some, work.signal);
      standing.push(...found.map(itemKey));
    }
    await settle(store.mapping.name, work, one, images, standing);
  });
}

/** Intents of each group, a batch at a time, until `finish` has left none. */
async function eachPending(
  { items }: GraphStore,
  work: TogetherWork,
  finish: (one: TogetherPartition, images: readonly GraphImage[]) => Promise<void>,
): Promise<void> {
  if (areInDatabase(items)) return;
  for (const one of work.partitions) {
    const at = { runNo: work.runNo, partNo: one.no };
    for (;;) {
      const images = await pendingItems(work.db, at, recoveryBatch);
      if (images.length === 0) break;
      await finish(one, images);
    }
  }
}

/** How items are removed that there are intents of. */
function outsideOf({ items }: GraphStore, kind: GraphItemKind): ItemsOutside {
  const way = wayOf(items, kind);
  if (way.at === 'outside') return way;
  throw new Error(`a ${kind} of this graph is removed without an intent`);
}

/** From T1 to the end, of items of one kind. Idempotent: what is deleted already is fine. */
async function carryOut(
  graph: string,
  items: ItemsOutside,
  rule: CollectRule,
  work: TogetherWork,
  one: TogetherPartition,
  images: readonly GraphImage[],
): Promise<void> {
  const [first] = images;
  if (first === undefined) return;
  await work.guard.check();
  const fence = { group: one.partition, epoch: one.epoch };
  const { stay } = await items.remove(fence, ruleFor(rule, first.kind), images, work.signal);
  await settle(graph, work, one, images, stay);
}

/** T2. `stay`: keys of those that are not deleted. */
async function settle(
  graph: string,
  work: TogetherWork,
  { no, partition: group }: TogetherPartition,
  images: readonly GraphImage[],
  stay: readonly string[],
): Promise<void> {
  const keys = new Set(stay);
  const stays = (image: GraphImage) => keys.has(itemKey(image));
  const staying = images.filter(stays);
  const removed = images.filter((image) => !stays(image));
  const at = { runNo: work.runNo, partNo: no };
  await work.guard.commit(async (tx) => {
    await settleItems(tx, at, removed, work.keep);
    await dropLedgerItems(tx, at, staying);
    if (removed.length > 0) await recordChanged(tx, graph, [{ group, orphans: entitiesOf(removed) }]);
    return new Map([[no, removedStep(removed, staying.length)]]);
  });
}
