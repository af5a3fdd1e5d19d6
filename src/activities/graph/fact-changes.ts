import type { Tx } from '../../database/schema.ts';
import type { Totals } from '../../domain/run.ts';
import {
  dropFactChanges,
  type FactChangeKind,
  nextUndoneFacts,
  pendingFactChanges,
  recordFactChanges,
  refuseFactChanges,
  settleFactChanges,
} from '../../state/graphs/fact-changes.ts';
import { holdItems, type ItemHold } from '../../state/graphs/graph-holds.ts';
import type { GraphFence } from '../../stores/ports/graph-fence.ts';
import { itemKey } from '../../stores/ports/graph-items.ts';
import type { GraphStore } from '../../stores/ports/graph-store.ts';
import { actAndSettle, finishEach, type OutsideWork, recordAndAct, type Settled } from '../sweep/outside-work.ts';
import type { RestoreWork, TogetherPartition, TogetherWork } from '../sweep/sweepable.ts';
import { guardOfOne } from './as-together.ts';

/** The part in which jobs differ that change properties of facts. */
export interface FactChanging<Change extends { readonly id: string }> {
  readonly kind: FactChangeKind;
  /** Names of the totals. */
  readonly done: string;
  readonly undone: string;
  /** The change that takes another one back. */
  reversed(change: Change): Change;
  /** A fact that was changed back is on hold. */
  hold(change: Change): ItemHold;
}

/** As `GraphValidity.write`: returns the ids of the facts that are as the changes leave them. */
export type WriteChanges<Change> = (
  fence: GraphFence,
  changes: readonly Change[],
  signal: AbortSignal,
) => Promise<ReadonlySet<string>>;

const recoveryBatch = 500;

/** Records changes of one group as intents, writes them in the other store, and settles them. */
export async function changeOutside<Change extends { readonly id: string }>(
  changing: FactChanging<Change>,
  write: WriteChanges<Change>,
  { mapping: { name: graph } }: GraphStore,
  work: TogetherWork,
  one: TogetherPartition,
  { changes, skipped, after }: { changes: readonly Change[]; skipped: number; after: string },
): Promise<void> {
  await recordAndAct(guardOfOne(work, one.no), writing(changing, write, work, one), async (tx) => {
    await recordFactChanges(tx, { runNo: work.runNo, partNo: one.no }, graph, changing.kind, changes, 'intent');
    // The checkpoint moves here: from now on these facts are known by their intents.
    return { intents: changes, after, totals: counted({ no_longer_due: skipped }) };
  });
}

/** Finishes changes that a predecessor recorded, in this run or in one that has ended. */
export async function finishChanges<Change extends { readonly id: string }>(
  changing: FactChanging<Change>,
  write: WriteChanges<Change>,
  work: TogetherWork,
): Promise<void> {
  for (const one of work.partitions) {
    await finishEach(
      () => pendingFactChanges<Change>(work.db, { runNo: work.runNo, partNo: one.no }, changing.kind, recoveryBatch),
      (changes) => actAndSettle(guardOfOne(work, one.no), writing(changing, write, work, one), changes),
    );
  }
}

function writing<Change extends { readonly id: string }>(
  { kind, done }: FactChanging<Change>,
  write: WriteChanges<Change>,
  { runNo, keep, signal }: TogetherWork,
  { no, partition: group, epoch }: TogetherPartition,
): OutsideWork<Change, ReadonlySet<string>> {
  const at = { runNo, partNo: no };
  return {
    act: (changes) => write({ group, epoch }, changes, signal),
    settle: async (tx, changes, written): Promise<Settled> => {
      const ids = changes.map(({ id }) => id);
      const [changed, left] = [ids.filter((id) => written.has(id)), ids.filter((id) => !written.has(id))];
      await settleFactChanges(tx, at, kind, changed, keep);
      await dropFactChanges(tx, at, kind, left);
      return { removed: changed.length, totals: counted({ [done]: changed.length, no_longer_due: left.length }) };
    },
  };
}

/** Undo: takes the next batch of changes back where facts are as the run left them. Returns how many it looked at. */
export async function undoChangesOutside<Change extends { readonly id: string }>(
  changing: FactChanging<Change>,
  write: WriteChanges<Change>,
  store: GraphStore,
  work: RestoreWork,
  size: number,
): Promise<number> {
  const { partition: group, ledger, undo, guard, signal } = work;
  const changes = await nextUndoneFacts<Change>(work.db, ledger, undo.runNo, changing.kind, size);
  const undoing: OutsideWork<Change, ReadonlySet<string>> = {
    act: (some) => write({ group, epoch: guard.epoch }, some.map(changing.reversed), signal),
    settle: (tx, some, written) => settleUndone(tx, changing, store, work, some, written),
  };
  await actAndSettle(guard, undoing, changes);
  return changes.length;
}

/** Notes which changes of a batch were taken back. */
export async function settleUndone<Change extends { readonly id: string }>(
  tx: Tx,
  { kind, undone, hold }: FactChanging<Change>,
  { mapping: { name: graph } }: GraphStore,
  { partition: group, ledger, undo }: RestoreWork,
  changes: readonly Change[],
  written: ReadonlySet<string>,
): Promise<Settled> {
  const back = changes.filter(({ id }) => written.has(id));
  const refused = changes.flatMap(({ id }) => (written.has(id) ? [] : [id]));
  await holdItems(tx, graph, group, back.map(hold), undo.runId);
  await dropFactChanges(
    tx,
    ledger,
    kind,
    back.map(({ id }) => id),
  );
  await refuseFactChanges(tx, ledger, undo.runNo, kind, refused);
  return {
    removed: -back.length,
    refused: refused.map((id) => itemKey({ kind: 'relation', id })),
    totals: { [undone]: back.length, refused: refused.length },
  };
}

function counted(totals: Totals): Totals {
  return Object.fromEntries(Object.entries(totals).filter(([, count]) => count > 0));
}
