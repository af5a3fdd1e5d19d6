import type { Tx } from '../../../database/schema.ts';
import type { LedgerAddress } from '../../../domain/ledger-address.ts';
import type { MergePair, MergeRecord } from '../../../domain/merging/merge-record.ts';
import { recordChanged } from '../../../state/graphs/graph-groups.ts';
import { dropMerge, nextUnmerged, recordedMerge, refuseMerge } from '../../../state/merges/merge-ledger.ts';
import { laterMerge, type MergePlace, markKept, markNever } from '../../../state/merges/merges.ts';
import { itemKey } from '../../../stores/ports/graph-items.ts';
import type { Unmerged } from '../../../stores/ports/graph-merging.ts';
import type { GraphStore } from '../../../stores/ports/graph-store.ts';
import { actAndSettle, type OutsideGuard } from '../../sweep/outside-work.ts';
import type { RestoreWork, Step, TogetherPartition, TogetherWork } from '../../sweep/sweepable.ts';
import { guardOfOne } from '../as-together.ts';
import { mergingOf } from './merging-of.ts';

/** Takes one merge apart that a person wants to be. Where that is impossible, the pair holds the reason. */
export async function splitMerge(
  store: GraphStore,
  work: TogetherWork,
  one: TogetherPartition,
  pair: MergePair,
  after: string,
): Promise<void> {
  const place = { graph: store.mapping.name, group: one.partition };
  const guard = guardOfOne(work, one.no);
  const recorded = await recordedMerge(work.db, place, pair);
  const notSplit = async (tx: Tx, reason: string): Promise<Step> => {
    await markKept(tx, place, pair, reason);
    return { after, totals: { refused: 1 } };
  };
  if (recorded === null) {
    await guard.commit((tx) => notSplit(tx, 'what the merge changed is not kept any more'));
    return;
  }
  const { at, record } = recorded;
  await takeApart(store, { ...work, guard, epoch: one.epoch, place }, record, async (tx, outcome) => {
    if (!outcome.undone) return notSplit(tx, outcome.reason);
    await undone(tx, place, at, record, 'split');
    return { after, removed: -1, totals: { split_merges: 1 } };
  });
}

/** Undo: the last merges first, since one may build on another. Returns how many it looked at. */
export async function restoreMerges(store: GraphStore, work: RestoreWork, size: number): Promise<number> {
  const { ledger, undo, guard } = work;
  const place = { graph: store.mapping.name, group: work.partition };
  const records = await nextUnmerged(work.db, ledger, undo.runNo, size);
  for (const record of records) {
    const parting = { ...work, epoch: guard.epoch, place };
    await takeApart(store, parting, record, async (tx, outcome): Promise<Step> => {
      if (!outcome.undone) {
        await refuseMerge(tx, ledger, record, undo.runNo);
        await markKept(tx, place, record, outcome.reason);
        return {
          refused: [itemKey({ kind: record.kind === 'fact' ? 'relation' : 'entity', id: record.loser })],
          totals: { refused: 1 },
        };
      }
      await undone(tx, place, ledger, record, 'undone');
      const totals: Record<string, number> = { [record.kind === 'fact' ? 'unmerged_facts' : 'unmerged_entities']: 1 };
      if (outcome.differences.length > 0) totals.restored_with_differences = 1;
      return { removed: -1, totals };
    });
  }
  return records.length;
}

interface Parting extends Pick<TogetherWork, 'db' | 'signal'> {
  readonly guard: OutsideGuard;
  readonly epoch: number;
  readonly place: MergePlace;
}

/** In Coppice's own database the outcome is settled in the transaction of the undo. */
async function takeApart(
  store: GraphStore,
  { db, guard, epoch, place, signal }: Parting,
  record: MergeRecord,
  settle: (tx: Tx, outcome: Unmerged) => Promise<Step>,
): Promise<void> {
  const { merges } = mergingOf(store);
  if (merges.at === 'database') {
    await guard.commit(async (tx) => {
      const later = await dependent(tx, place, record);
      return settle(tx, later ?? (await merges.unmerge(tx, place.group, record)));
    });
    return;
  }
  const parting = {
    act: async () =>
      (await dependent(db, place, record)) ?? (await merges.unmerge({ group: place.group, epoch }, record, signal)),
    settle: (tx: Tx, _records: readonly MergeRecord[], outcome: Unmerged) => settle(tx, outcome),
  };
  await actAndSettle(guard, parting, [record]);
}

/** Refuses to take a merge apart that a later one builds on. */
async function dependent(db: TogetherWork['db'], place: MergePlace, record: MergeRecord): Promise<Unmerged | null> {
  const ends = record.dropped.map(({ other }) => other).filter((other) => other !== record.loser);
  const later = await laterMerge(db, place, record, ends);
  if (later === null) return null;
  const reason = `merge ${later.id} (${later.loser} into ${later.survivor}) builds on it: take that apart first`;
  return { undone: false, reason };
}

async function undone(tx: Tx, place: MergePlace, at: LedgerAddress, record: MergeRecord, why: string): Promise<void> {
  await dropMerge(tx, at, record);
  await markNever(tx, place, record, why);
  await recordChanged(tx, place.graph, [{ group: place.group, orphans: 0 }]);
}
