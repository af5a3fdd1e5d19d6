import type { RestoredValidity } from '../../../domain/facts/restored-validity.ts';
import type { Totals } from '../../../domain/run.ts';
import { nextGraphItems } from '../../../state/graphs/graph-items.ts';
import {
  dropValidity,
  pendingValidity,
  recordValidity,
  settleValidity,
} from '../../../state/graphs/validity-ledger.ts';
import type { GraphStore } from '../../../stores/ports/graph-store.ts';
import { actAndSettle, finishEach, type OutsideWork, recordAndAct, type Settled } from '../../sweep/outside-work.ts';
import type { TogetherPartition, TogetherWork } from '../../sweep/sweepable.ts';
import { guardOfOne } from '../as-together.ts';
import { validityDigest } from './find-suspects.ts';
import { validityOf } from './validity-of.ts';

export const auditOrder = ['validity'] as const;
const recoveryBatch = 500;

/** One batch of facts. Those whose text or dates have changed since the survey stay as they are. */
export async function restoreValidity(store: GraphStore, work: TogetherWork, size: number | null): Promise<boolean> {
  const graph = store.mapping.name;
  const page = await nextGraphItems(work.db, { runNo: work.runNo, graph, order: auditOrder }, work.partitions, size);
  for (const one of work.partitions) {
    const own = page.filter(({ partNo }) => partNo === one.no);
    const [last] = own.slice(-1);
    if (last === undefined) continue;
    const surveyed = new Map(own.map(({ id }) => surveyedFact(id)));
    const read = await validityOf(store).fetch(one.partition, [...surveyed.keys()], work.signal);
    const changes = read.filter((change) => surveyed.get(change.id) === validityDigest(change));
    const skipped = own.length - changes.length;
    await recordAndAct(guardOfOne(work, one.no), writing(store, work, one), async (tx) => {
      await recordValidity(tx, { runNo: work.runNo, partNo: one.no }, graph, changes);
      // The checkpoint moves here: from now on these facts are known by their intents.
      return { intents: changes, after: last.place, totals: counted({ no_longer_due: skipped }) };
    });
  }
  return page.length === size;
}

function surveyedFact(id: string): [string, string] {
  const [fact, digest]: unknown[] = JSON.parse(id);
  return [String(fact), String(digest)];
}

/** Finishes changes that a predecessor recorded, in this run or in one that has ended. */
export async function finishValidity(store: GraphStore, work: TogetherWork): Promise<void> {
  if (store.validity === null) return;
  for (const one of work.partitions) {
    await finishEach(
      () => pendingValidity(work.db, { runNo: work.runNo, partNo: one.no }, recoveryBatch),
      (changes) => actAndSettle(guardOfOne(work, one.no), writing(store, work, one), changes),
    );
  }
}

/** Outcome: ids of the facts that have no date of retirement now. */
function writing(
  store: GraphStore,
  { runNo, keep, signal }: TogetherWork,
  { no, partition: group, epoch }: TogetherPartition,
): OutsideWork<RestoredValidity, ReadonlySet<string>> {
  const at = { runNo, partNo: no };
  return {
    act: (changes) => validityOf(store).write({ group, epoch }, changes, signal),
    settle: async (tx, changes, written): Promise<Settled> => {
      const ids = changes.map(({ id }) => id);
      const [restored, left] = [ids.filter((id) => written.has(id)), ids.filter((id) => !written.has(id))];
      await settleValidity(tx, at, restored, keep);
      await dropValidity(tx, at, left);
      return {
        removed: restored.length,
        totals: counted({ restored_facts: restored.length, no_longer_due: left.length }),
      };
    },
  };
}

function counted(totals: Totals): Totals {
  return Object.fromEntries(Object.entries(totals).filter(([, count]) => count > 0));
}
