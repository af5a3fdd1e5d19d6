import type { Tx } from '../../database/schema.ts';
import { boundedTransaction } from '../../database/transaction.ts';
import type { Totals } from '../../domain/run.ts';
import { holdsLease } from '../../state/locks/leases.ts';
import { addRunTotals } from '../../state/runs/run-totals.ts';
import { LeaseLostError } from '../sweep/errors.ts';
import type { StageWork } from './types.ts';

export const batchRows = 5_000;

/** One transaction under the run's lease; what it did is counted in it. */
export function batch<T>(
  { deps, run }: StageWork,
  work: (tx: Tx) => Promise<{ readonly did: Totals; readonly result: T }>,
): Promise<T> {
  return boundedTransaction(
    deps.db,
    async (tx) => {
      if (run.lease !== null && !(await holdsLease(tx, run.lease.name, run.runId, run.lease.generation))) {
        throw new LeaseLostError(run.lease.name);
      }
      const { did, result } = await work(tx);
      await addRunTotals(tx, run.runNo, did);
      return result;
    },
    { statementTimeoutMs: deps.statementTimeoutMs },
  );
}

/** Repeats a batch that says how many it did until one finds less than a whole one. */
export async function* untilFewer(work: () => Promise<number>): AsyncGenerator<null> {
  for (;;) {
    const did = await work();
    if (did > 0) yield null;
    if (did < batchRows) return;
  }
}
