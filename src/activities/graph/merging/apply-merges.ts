import type { Tx } from '../../../database/schema.ts';
import { type MergePair, type MergeRecord, pairOfKey } from '../../../domain/merging/merge-record.ts';
import { addTotals, type Totals } from '../../../domain/run.ts';
import { recordChanged } from '../../../state/graphs/graph-groups.ts';
import { type ItemOfPart, nextGraphItems } from '../../../state/graphs/graph-items.ts';
import { dropMerge, pendingMerges, recordMerge, settleMerge } from '../../../state/merges/merge-ledger.ts';
import { isSeparated, markMerged, markRefused } from '../../../state/merges/merges.ts';
import type { MergesInDatabase, MergesOutside, NotMerged } from '../../../stores/ports/graph-merging.ts';
import type { GraphStore } from '../../../stores/ports/graph-store.ts';
import { actAndSettle, finishEach, type OutsideWork, recordAndAct, type Settled } from '../../sweep/outside-work.ts';
import type { TogetherPartition, TogetherWork } from '../../sweep/sweepable.ts';
import { guardOfOne } from '../as-together.ts';
import { mergingOf } from './merging-of.ts';
import { settingsOf } from './settings.ts';
import { splitMerge } from './split.ts';
import { mergedStep } from './totals.ts';

/** Merges are taken apart before others are made. */
export const mergeOrder = ['split', 'merge'] as const;
type MergeItem = ItemOfPart<(typeof mergeOrder)[number]>;

const recoveryBatch = 10;
/** A batch that takes longer ends with the merge at hand: entities with very many edges are not merged in one transaction. */
const longestBatchMs = 2_000;
const changed = { refused: 'changed' } as const;

/**
 * One batch of pairs. In Coppice's own database it is one transaction; in another store each merge is recorded, made and
 * settled by itself.
 */
export async function applyMerges(store: GraphStore, work: TogetherWork, size: number | null): Promise<boolean> {
  const { merges } = mergingOf(store);
  const at = { runNo: work.runNo, graph: store.mapping.name, order: mergeOrder };
  const page = await nextGraphItems(work.db, at, work.partitions, size);
  let isWhole = page.length < (size ?? Number.POSITIVE_INFINITY);
  for (const one of work.partitions) {
    const own = page.filter(({ partNo }) => partNo === one.no);
    const splits = own.filter(({ kind }) => kind === 'split');
    for (const item of splits) await splitMerge(store, work, one, pairOfKey(item.id), item.place);
    const pairs = own.filter(({ kind }) => kind === 'merge');
    if (merges.at === 'database') isWhole = (await mergeInDatabase(store, merges, work, one, pairs)) && isWhole;
    else for (const item of pairs) await mergeOutside(store, merges, work, one, item);
  }
  return !isWhole;
}

/** Returns whether it came to the last of them. */
async function mergeInDatabase(
  store: GraphStore,
  merges: MergesInDatabase,
  work: TogetherWork,
  one: TogetherPartition,
  items: readonly MergeItem[],
): Promise<boolean> {
  if (items.length === 0) return true;
  const begunAt = performance.now();
  const { limits } = settingsOf(work.terms.parameters);
  const graph = store.mapping.name;
  const { after } = await guardOfOne(work, one.no).commit(async (tx) => {
    let step = nothing;
    let after: string | null = null;
    for (const { id, place } of items) {
      if (after !== null && performance.now() - begunAt > longestBatchMs) break;
      after = place;
      const pair = pairOfKey(id);
      const separated = await isSeparated(tx, { graph, group: one.partition }, pair);
      const done = separated ? changed : await merges.merge(tx, one.partition, pair, limits);
      if ('refused' in done) {
        step = added(step, await refused(tx, graph, one, pair, done.refused));
        continue;
      }
      if (work.keep) await recordMerge(tx, { runNo: work.runNo, partNo: one.no }, graph, done.record, null);
      step = added(step, await merged(tx, graph, work, one, done.record));
    }
    return { after, ...step };
  });
  return after === items.at(-1)?.place;
}

async function mergeOutside(
  store: GraphStore,
  merges: MergesOutside,
  work: TogetherWork,
  one: TogetherPartition,
  { id, place }: MergeItem,
): Promise<void> {
  const { limits } = settingsOf(work.terms.parameters);
  const graph = store.mapping.name;
  const prepared = await merges.prepare(one.partition, pairOfKey(id), limits, work.signal);
  const guard = guardOfOne(work, one.no);
  if ('refused' in prepared) {
    const { refused: why } = prepared;
    await guard.commit(async (tx) => ({ after: place, ...(await refused(tx, graph, one, pairOfKey(id), why)) }));
    return;
  }
  const { record } = prepared;
  await recordAndAct(guard, making(graph, merges, work, one), async (tx) => {
    if (await isSeparated(tx, { graph, group: one.partition }, record)) {
      return { intents: [], after: place, totals: { no_longer_due: 1 } };
    }
    await recordMerge(tx, { runNo: work.runNo, partNo: one.no }, graph, record, 'intent');
    return { intents: [record], after: place };
  });
}

/** Finishes merges that a predecessor recorded, in this run or in one that has ended. */
export function finishMerges(store: GraphStore, work: TogetherWork): Promise<void> {
  const { merging } = store;
  if (merging === null || merging.merges.at === 'database') return Promise.resolve();
  const { merges } = merging;
  return work.partitions.reduce(async (before, one) => {
    await before;
    await finishEach(
      () => pendingMerges(work.db, { runNo: work.runNo, partNo: one.no }, recoveryBatch),
      async (records) => {
        const made = making(store.mapping.name, merges, work, one);
        for (const record of records) await actAndSettle(guardOfOne(work, one.no), made, [record]);
      },
    );
  }, Promise.resolve());
}

function making(
  graph: string,
  merges: MergesOutside,
  work: TogetherWork,
  one: TogetherPartition,
): OutsideWork<MergeRecord, 'merged' | 'changed'> {
  const at = { runNo: work.runNo, partNo: one.no };
  return {
    act: async ([record]) => {
      if (record === undefined) return 'changed';
      return merges.merge({ group: one.partition, epoch: one.epoch }, record, work.signal);
    },
    settle: async (tx, [record], outcome): Promise<Settled> => {
      if (record === undefined) return {};
      if (outcome === 'changed') {
        await dropMerge(tx, at, record);
        return refused(tx, graph, one, record, 'changed');
      }
      await settleMerge(tx, at, record, work.keep);
      return merged(tx, graph, work, one, record);
    },
  };
}

type Counted = ReturnType<typeof mergedStep>;

const nothing: Counted = { removed: 0, recorded: 0, totals: {} };

async function merged(
  tx: Tx,
  graph: string,
  { runNo }: TogetherWork,
  { no, partition: group }: TogetherPartition,
  record: MergeRecord,
): Promise<Counted> {
  await markMerged(tx, { graph, group }, { runNo, partNo: no }, record);
  await recordChanged(tx, graph, [{ group, orphans: 0 }]);
  return mergedStep(record);
}

/** Two that have changed, or of which one does not exist any more, are looked at again by the next run. */
async function refused(
  tx: Tx,
  graph: string,
  { partition: group }: TogetherPartition,
  pair: MergePair,
  reason: NotMerged,
): Promise<Counted> {
  if (reason === 'missing' || reason === 'changed') return { ...nothing, totals: { no_longer_due: 1 } };
  await markRefused(tx, { graph, group }, pair, reason);
  return { ...nothing, totals: { related_pairs: 1 } };
}

function added(step: Counted, more: Counted): Counted {
  const totals: Totals = addTotals(step.totals, more.totals);
  return { removed: step.removed + more.removed, recorded: step.recorded + more.recorded, totals };
}
