import { addTotals } from '../../domain/run.ts';
import { markUndone } from '../../state/proposals/proposals.ts';
import type { AttributeTable } from '../../stores/ports/attribute-table.ts';
import type { RowTable } from '../../stores/ports/row-store.ts';
import { differenceTotals, restoreFindings } from '../document-findings.ts';
import type { RestoreWork } from '../sweep/sweepable.ts';

/**
 * Puts back one batch of what a run replaced: attributes that it added leave first, where nobody has changed them since, so
 * that those which they replaced can return under the same keys. The proposal is not applied again.
 */
export async function restoreBatch(
  table: RowTable,
  attributes: AttributeTable,
  work: RestoreWork,
  size: number,
): Promise<number> {
  const { ledger, undo, partition } = work;
  const rows = await table.nextRestores(work.db, ledger, undo.runNo, size);
  const ids = rows.map((row) => row.id);
  const { left } = await work.guard.commit(async (tx) => {
    const added = await attributes.undoAdded(tx, ledger, undo.runNo);
    const free = ids.length === 0 ? [] : await table.restorable(tx, ledger, undo.runNo, ids);
    const back = await table.restore(tx, {
      ...{ ...ledger, partition, undoRunNo: undo.runNo, undoRunId: undo.runId, ids: free, withReferenced: true },
      rule: { kind: 'expiry', cutoff: work.terms.cutoff, maxAgeDays: null },
    });
    await markUndone(tx, ledger.runNo, table.mapping.name, partition);
    const superseded = ids.filter((id) => !free.includes(id));
    const totals = {
      restored_attributes: back.restored.length + back.besides,
      deleted_attributes: added.deleted,
      refused: superseded.length + back.refused.length + added.refused.length,
    };
    return {
      removed: -(back.restored.length + back.besides),
      refused: [...superseded, ...added.refused],
      totals: addTotals(totals, differenceTotals(back)),
      findings: restoreFindings(back),
      left: back.left,
    };
  });
  return left ? Math.max(size, rows.length) : rows.length;
}
