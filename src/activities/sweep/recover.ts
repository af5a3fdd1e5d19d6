import { boundedTransaction } from '../../database/transaction.ts';
import type { LedgerAddress } from '../../domain/ledger-address.ts';
import { releasePartition, takePartition } from '../../state/locks/partition-locks.ts';
import { endingOf } from './closed.ts';
import type { SweepDeps } from './deps.ts';
import { createGuard } from './fence.ts';
import type { OpenCollection } from './open-collections.ts';
import type { OpenSweepable } from './sweepable.ts';
import type { RunContext } from './types.ts';

/**
 * Finishes what runs that have ended left between two transactions on stores outside the database: their intents are
 * carried out or taken back under their own numbers, so that counts, ledger and undo stay those of the run that began.
 */
export async function recoverAbandoned(
  deps: SweepDeps,
  run: RunContext,
  collections: readonly OpenCollection[],
  signal: AbortSignal,
): Promise<void> {
  for (const { open } of collections) {
    for (const at of await open.work.abandoned(deps.db, run.runNo)) await recoverOne(deps, run, open, at, signal);
  }
}

async function recoverOne(
  deps: SweepDeps,
  run: RunContext,
  open: OpenSweepable,
  at: LedgerAddress,
  signal: AbortSignal,
): Promise<void> {
  const { lease } = run;
  const row = await deps.db
    .selectFrom('coppice.run_partitions as p')
    .innerJoin('coppice.runs as r', 'r.no', 'p.run_no')
    .selectAll('p')
    .select([
      'r.run_id as runId',
      'r.workflow_id as workflowId',
      'r.namespace as namespace',
      'r.status as status',
      'r.ledger as keep',
    ])
    .where('p.run_no', '=', at.runNo)
    .where('p.no', '=', at.partNo)
    .executeTakeFirst();
  if (row === undefined || lease === null) return;
  const open_ = row.status === 'running' || row.status === 'pending';
  if (open_ && (await endingOf(deps.client, row)) === null) return;
  const lock = await boundedTransaction(deps.db, (tx) => takePartition(tx, row, run, row));
  if (!lock.taken) return;
  const guard = createGuard({
    db: deps.db,
    run,
    lease,
    partition: row,
    epoch: lock.epoch,
    record: { runNo: at.runNo, no: at.partNo },
    checkpoint: row,
    onCommit: () => {},
  });
  const terms = { cutoff: new Date(), parameters: run.parameters, respectHolds: true };
  const work = { db: deps.db, partition: row.partition, ledger: at, terms, keep: row.keep, guard, signal };
  await open.work.recover(work, true);
  await boundedTransaction(deps.db, (tx) => releasePartition(tx, row, run.runId, lock.epoch));
}
