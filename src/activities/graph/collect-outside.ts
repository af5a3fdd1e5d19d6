import type { Tx } from '../../database/schema.ts';
import type { CollectRule, GraphItemKind } from '../../domain/collectors.ts';
import type { GraphImage } from '../../domain/graph-item.ts';
import { recordChanged } from '../../state/graphs/graph-groups.ts';
import type { ItemOfPart } from '../../state/graphs/graph-items.ts';
import { dropLedgerItems, pendingItems, recordItems, settleItems } from '../../state/graphs/graph-ledger.ts';
import {
  areInDatabase,
  byKind,
  type ItemsOutside,
  imageDigest,
  isAsSurveyed,
  itemKey,
  wayOf,
} from '../../stores/ports/graph-items.ts';
import type { GraphStore } from '../../stores/ports/graph-store.ts';
import { actAndSettle, finishEach, type OutsideWork, recordAndAct } from '../sweep/outside-work.ts';
import type { Step, TogetherPartition, TogetherWork } from '../sweep/sweepable.ts';
import { guardOfOne } from './as-together.ts';
import { ruleFor } from './rule.ts';
import { type Collecting, entitiesOf, removedStep } from './totals.ts';

const recoveryBatch = 500;

/**
 * Removes items of one kind in another store, group by group. An intent holds the item whole. The store judges the items
 * again and deletes them as they were read, under its own fence. An item that is deleted stays in the ledger, and one that
 * stays leaves it.
 */
export async function collectOutside(
  graph: string,
  items: ItemsOutside,
  work: TogetherWork,
  batch: readonly ItemOfPart[],
  collecting: Collecting,
): Promise<void> {
  const { rule, counted } = collecting;
  const given = Map.groupBy(batch, ({ partNo }) => partNo);
  for (const one of work.partitions) {
    const own = given.get(one.no);
    if (own === undefined) continue;
    const fetched = await items.fetch(one.partition, own, work.signal);
    const images = fetched.filter((image) => isAsSurveyed(rule, image) !== false);
    await recordAndAct(guardOfOne(work, one.no), removal(graph, items, collecting, work, one), async (tx) => {
      const intents = images.map((image) => ({ ...image, partNo: one.no }));
      await recordItems(tx, { runNo: work.runNo, graph }, intents, 'intent');
      // The checkpoint moves here: from now on these items are known by their intents.
      const step = { after: own.at(-1)?.place ?? null, ...removedStep([], own.length - images.length, counted) };
      return { intents: images, ...step };
    });
  }
}

/** Finishes what a predecessor of the same run left between two transactions. */
export function finishIntents(store: GraphStore, collecting: Collecting, work: TogetherWork): Promise<void> {
  return eachPending(store, work, async (one, images) => {
    for (const [kind, some] of byKind(images)) {
      const removing = removal(store.mapping.name, outsideOf(store, kind), collecting, work, one);
      await actAndSettle(guardOfOne(work, one.no), removing, some);
    }
  });
}

/**
 * The same for a run that has ended, by any job that finds it: an item that is deleted was removed by that run and can be
 * undone with it; one that exists is released, to be judged by the next survey.
 */
export function settleAbandoned(store: GraphStore, work: TogetherWork): Promise<void> {
  return eachPending(store, work, async (one, images) => {
    const existing: string[] = [];
    for (const [kind, some] of byKind(images)) {
      const found = await outsideOf(store, kind).fetch(one.partition, some, work.signal);
      existing.push(...found.map(itemKey));
    }
    await guardOfOne(work, one.no).commit((tx) => settle(tx, store.mapping.name, work, one, images, existing));
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
    await finishEach(
      () => pendingItems(work.db, at, recoveryBatch),
      (images) => finish(one, images),
    );
  }
}

/** How items are removed that there are intents of. */
function outsideOf({ items }: GraphStore, kind: GraphItemKind): ItemsOutside {
  const way = wayOf(items, kind);
  if (way.at === 'outside') return way;
  throw new Error(`a ${kind} of this graph is removed without an intent`);
}

/** Intents are of one kind. Outcome: keys of those that stay. An item that is deleted already is fine. */
function removal(
  graph: string,
  items: ItemsOutside,
  { rule, counted }: Collecting,
  work: TogetherWork,
  one: TogetherPartition,
): OutsideWork<GraphImage, readonly string[]> {
  return {
    act: async (images) => {
      const [first] = images;
      if (first === undefined) return [];
      const fence = { group: one.partition, epoch: one.epoch };
      return (await items.remove(fence, ruleFor(asRecorded(rule, images), first.kind), images, work.signal)).stay;
    },
    settle: (tx, images, stay) => settle(tx, graph, work, one, images, stay, counted),
  };
}

/** Intents were compared with what the survey saw before they were recorded. */
function asRecorded(rule: CollectRule, images: readonly GraphImage[]): CollectRule {
  if (rule.surveyed === undefined) return rule;
  return { ...rule, surveyed: new Map(images.map((image) => [image.id, imageDigest(image)])) };
}

/** `stay`: keys of items that are not deleted. */
async function settle(
  tx: Tx,
  graph: string,
  { runNo, keep }: TogetherWork,
  { no, partition: group }: TogetherPartition,
  images: readonly GraphImage[],
  stay: readonly string[],
  counted?: Collecting['counted'],
): Promise<Step> {
  const keys = new Set(stay);
  const stays = (image: GraphImage) => keys.has(itemKey(image));
  const staying = images.filter(stays);
  const removed = images.filter((image) => !stays(image));
  const at = { runNo, partNo: no };
  await settleItems(tx, at, removed, keep);
  await dropLedgerItems(tx, at, staying);
  if (removed.length > 0) await recordChanged(tx, graph, [{ group, orphans: entitiesOf(removed) }]);
  return removedStep(removed, staying.length, counted);
}
