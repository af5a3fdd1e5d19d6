import type { Tx } from '../database/schema.ts';
import { boundedTransaction } from '../database/transaction.ts';
import type { Totals } from '../domain/run.ts';
import { holdsLease } from '../state/locks/leases.ts';
import { addRunTotals } from '../state/runs/run-totals.ts';
import type { SweepDeps } from './sweep/deps.ts';
import { LeaseLostError } from './sweep/errors.ts';
import type { RunContext } from './sweep/types.ts';

/** One transaction of a task under the run's lease; what it did is counted in it. */
export function underLease<T>(
  deps: SweepDeps,
  run: RunContext,
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
