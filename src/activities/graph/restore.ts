import type { Tx } from '../../database/schema.ts';
import type { GraphImage } from '../../domain/graph-item.ts';
import { recordChanged } from '../../state/graphs/graph-groups.ts';
import { holdItems } from '../../state/graphs/graph-holds.ts';
import { dropLedgerItems, nextRestoredItems, refuseItems } from '../../state/graphs/graph-ledger.ts';
import { itemKey, wayOf } from '../../stores/ports/graph-items.ts';
import type { GraphStore } from '../../stores/ports/graph-store.ts';
import { actAndSettle, type OutsideWork } from '../sweep/outside-work.ts';
import type { RestoreWork } from '../sweep/sweepable.ts';
import { counted } from './totals.ts';

/** Undo: one batch back, ends before the edges that join them, on hold afterwards. Returns how many it looked at. */
export async function restoreItemsOf(store: GraphStore, work: RestoreWork, size: number): Promise<number> {
  const { partition: group, ledger, undo, guard } = work;
  const images = await nextRestoredItems(work.db, ledger, undo.runNo, size);
  if (images.length === 0) return 0;
  for (const [way, some] of Map.groupBy(images, ({ kind }) => wayOf(store.items, kind))) {
    if (way.at === 'database') {
      await guard.commit(async (tx) => settled(tx, some, await way.restore(tx, group, some)));
    } else {
      const restoring: OutsideWork<GraphImage, { refused: readonly string[] }> = {
        act: (images) => way.restore({ group, epoch: guard.epoch }, images, work.signal),
        settle: settled,
      };
      await actAndSettle(guard, restoring, some);
    }
  }
  return images.length;

  async function settled(tx: Tx, images: readonly GraphImage[], { refused }: { refused: readonly string[] }) {
    const keys = new Set(refused);
    const isRefused = (image: GraphImage) => keys.has(itemKey(image));
    const back = images.filter((image) => !isRefused(image));
    await holdItems(tx, store.mapping.name, group, back, undo.runId);
    await dropLedgerItems(tx, ledger, back);
    await refuseItems(tx, ledger, undo.runNo, images.filter(isRefused));
    await recordChanged(tx, store.mapping.name, [{ group, orphans: 0 }]);
    // A mention has no id of its own that could be named.
    const named = images.filter((image) => isRefused(image) && image.kind !== 'mention').map(itemKey);
    return { removed: -back.length, refused: named, totals: { ...counted('restored', back), refused: refused.length } };
  }
}
