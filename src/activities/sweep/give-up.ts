import { boundedTransaction } from '../../database/transaction.ts';
import type { ErrorJson } from '../../domain/run.ts';
import { holdsLease } from '../../state/locks/leases.ts';
import { putDeadLetter } from '../../state/runs/dead-letters.ts';
import { buryPartition } from '../../state/runs/run-partitions.ts';
import type { SweepDeps } from './deps.ts';
import { LeaseLostError } from './errors.ts';
import type { RunContext } from './types.ts';

export interface GiveUpInput {
  readonly run: RunContext;
  readonly no: number;
  readonly attempts: number;
  readonly error: ErrorJson;
}

/** A partition is out of retries: dead letter, and the run goes on. Every later run tries it again. */
export async function giveUp(deps: SweepDeps, { run, no, attempts, error }: GiveUpInput): Promise<void> {
  await boundedTransaction(deps.db, async (tx) => {
    if (run.lease !== null && !(await holdsLease(tx, run.lease.name, run.runId, run.lease.generation))) {
      throw new LeaseLostError(run.lease.name);
    }
    const row = await tx
      .selectFrom('coppice.run_partitions')
      .select(['collection', 'partition', 'state'])
      .where('run_no', '=', run.runNo)
      .where('no', '=', no)
      .executeTakeFirstOrThrow();
    if (row.state === 'done' || row.state === 'dead') return;
    await buryPartition(tx, run.runNo, no);
    const { collection, partition } = row;
    const parameters = { ...run.parameters };
    await putDeadLetter(tx, { job: run.job, collection, partition, runId: run.runId, attempts, error, parameters });
    const sweepable = deps.sweepables(run.job).find((one) => one.collection === collection);
    await sweepable?.gaveUp?.(tx, partition, error.name);
  });
  deps.log.error({ run_id: run.runId, partition_no: no, error: error.name }, 'partition given up: dead letter');
}
