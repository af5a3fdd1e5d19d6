import { datesOf, type RestoredValidity, reversed } from '../../../domain/facts/restored-validity.ts';
import { holdItems } from '../../../state/graphs/graph-holds.ts';
import { dropValidity, nextRetired, refuseValidity } from '../../../state/graphs/validity-ledger.ts';
import { itemKey } from '../../../stores/ports/graph-items.ts';
import type { GraphStore } from '../../../stores/ports/graph-store.ts';
import { actAndSettle, type OutsideWork, type Settled } from '../../sweep/outside-work.ts';
import type { RestoreWork } from '../../sweep/sweepable.ts';
import { validityOf } from './validity-of.ts';

/** Undo: gives facts their dates back where text and dates are as the run left them. They are on hold afterwards. */
export async function retireAgain(store: GraphStore, work: RestoreWork, size: number): Promise<number> {
  const { partition: group, ledger, undo, guard, signal } = work;
  const graph = store.mapping.name;
  const changes = await nextRetired(work.db, ledger, undo.runNo, size);
  const retiring: OutsideWork<RestoredValidity, ReadonlySet<string>> = {
    act: (some) => validityOf(store).write({ group, epoch: guard.epoch }, some.map(reversed), signal),
    settle: async (tx, some, written): Promise<Settled> => {
      const back = some.filter(({ id }) => written.has(id));
      const refused = some.flatMap(({ id }) => (written.has(id) ? [] : [id]));
      const held = back.map((change) => ({ kind: 'validity' as const, id: change.id, dates: datesOf(change) }));
      await holdItems(tx, graph, group, held, undo.runId);
      await dropValidity(
        tx,
        ledger,
        back.map(({ id }) => id),
      );
      await refuseValidity(tx, ledger, undo.runNo, refused);
      return {
        removed: -back.length,
        refused: refused.map((id) => itemKey({ kind: 'relation', id })),
        totals: { retired_facts: back.length, refused: refused.length },
      };
    },
  };
  await actAndSettle(guard, retiring, changes);
  return changes.length;
}
