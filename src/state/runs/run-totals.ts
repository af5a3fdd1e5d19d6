import type { Tx } from '../../database/schema.ts';
import { addTotals, type Totals } from '../../domain/run.ts';

/** Adds to what a task's run has done, in the transaction that does it: a task has no partitions that would count. */
export async function addRunTotals(tx: Tx, runNo: number, more: Totals): Promise<void> {
  if (Object.values(more).every((count) => count === 0)) return;
  const { totals } = await tx
    .selectFrom('coppice.runs')
    .select('totals')
    .where('no', '=', runNo)
    .forUpdate()
    .executeTakeFirstOrThrow();
  await setRunTotals(tx, runNo, addTotals(totals, more));
}

export async function setRunTotals(tx: Tx, runNo: number, totals: Totals): Promise<void> {
  await tx
    .updateTable('coppice.runs')
    .set({ totals: JSON.stringify(totals) })
    .where('no', '=', runNo)
    .execute();
}
