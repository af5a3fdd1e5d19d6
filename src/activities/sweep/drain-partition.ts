import { named } from '../../database/errors.ts';
import { boundedTransaction } from '../../database/transaction.ts';
import { nextBatchSize } from '../../domain/batch-size.ts';
import type { RunIdentity } from '../../domain/run-identity.ts';
import { checkFences, closePartitions } from '../../state/locks/fence.ts';
import { holdsLease } from '../../state/locks/leases.ts';
import { releasePartition, takePartition } from '../../state/locks/partition-locks.ts';
import { beginPartitions, pausePartition, type RunPartition } from '../../state/runs/run-partitions.ts';
import { batchSizeOf } from './batch-size.ts';
import { endingOf } from './closed.ts';
import type { SweepDeps } from './deps.ts';
import { LeaseLostError, UndoRefusedError } from './errors.ts';
import { createGuard, type PartitionGuard } from './fence.ts';
import { logFinished } from './log-finished.ts';
import type { OpenSweepable, RestoreWork } from './sweepable.ts';
import type { DrainInput, RunContext } from './types.ts';

export interface PartitionInput extends DrainInput {
  readonly row: RunPartition;
  readonly open: OpenSweepable;
  readonly signal: AbortSignal;
  readonly onCommit: () => void;
  readonly isOver: () => boolean;
}

/** Handles one partition under its lock: `done`, `more` when the slice ended first, `busy` when another run has it. */
export async function drainPartition(deps: SweepDeps, input: PartitionInput): Promise<'done' | 'more' | 'busy'> {
  const { run, row } = input;
  const startedAt = performance.now();
  const taken = await take(deps, run, row);
  if (taken === null) return 'busy';
  if (taken === 'done') return 'done';
  const settles = run.kind === 'sweep' ? run.job : null;
  const record = { runNo: run.runNo, no: row.no };
  const guard = createGuard({
    db: deps.db,
    run,
    lease: taken.lease,
    partition: row,
    epoch: taken.epoch,
    record,
    settles,
    checkpoint: taken.row,
    onCommit: input.onCommit,
  });
  const finished = await drainBatches(deps, input, guard);
  if (!guard.finished) {
    await named(() =>
      boundedTransaction(deps.db, async (tx) => {
        const { runId, runNo } = run;
        const held = [{ ...row, epoch: taken.epoch }];
        const fence = await checkFences(tx, taken.lease, runId, held);
        // A successor has it: whether it is finished is for that one to say.
        if (!fence.partitions) return;
        if (finished) return await closePartitions(tx, { runNo, runId, settles }, held);
        await pausePartition(tx, runNo, row.no);
        await releasePartition(tx, row, runId, taken.epoch);
      }),
    );
  }
  if (finished) logFinished(deps, run, row, guard.totals, performance.now() - startedAt);
  return finished ? 'done' : 'more';
}

type Attempt = RunIdentity | 'done' | { readonly epoch: number; readonly row: RunPartition };

/**
 * Lock, epoch and the start of work in one transaction, and only under the current lease. `null`: another run has it;
 * `done`: another activity of this run has ended it.
 */
async function take(deps: SweepDeps, run: RunContext, row: RunPartition) {
  const { lease } = run;
  if (lease === null) throw new LeaseLostError(run.job);
  const attempt = (over: RunIdentity | null): Promise<Attempt> =>
    named(() =>
      boundedTransaction(deps.db, async (tx) => {
        if (!(await holdsLease(tx, lease.name, run.runId, lease.generation))) throw new LeaseLostError(lease.name);
        const lock = await takePartition(tx, row, run, over);
        if (!lock.taken) return lock.holder;
        const [begun] = await beginPartitions(tx, run.runNo, [row.no]);
        if (begun !== undefined) return { epoch: lock.epoch, row: begun };
        await releasePartition(tx, row, run.runId, lock.epoch);
        return 'done';
      }),
    );
  let result = await attempt(null);
  if (result !== 'done' && !('epoch' in result)) {
    if ((await endingOf(deps.client, result)) === null) return null;
    result = await attempt(result);
  }
  if (result === 'done') return result;
  return 'epoch' in result ? { ...result, lease } : null;
}

async function drainBatches(deps: SweepDeps, input: PartitionInput, guard: PartitionGuard): Promise<boolean> {
  const { run, plan, row, open, signal } = input;
  const undone = plan.undoneRunNo;
  const work: RestoreWork = {
    db: deps.db,
    partition: row.partition,
    ledger: { runNo: undone ?? run.runNo, partNo: row.no },
    terms: { cutoff: new Date(plan.cutoff), parameters: run.parameters, respectHolds: true },
    keep: run.ledger !== false,
    guard,
    signal,
    undo: { runNo: run.runNo, runId: run.runId },
  };
  if (undone === null) await named(() => open.work.recover(work, false));
  const { set, start } = batchSizeOf(deps, run);
  let size = start;
  for (;;) {
    signal.throwIfAborted();
    const begunAt = performance.now();
    const batch = { ...work, guard: guard.upTo(size) };
    const seen = await named(() => (undone === null ? open.work.applyBatch(batch, size) : undo(open, work, size)));
    if (seen < size) return true;
    if (input.isOver()) return false;
    if (set === null && open.work.steadyBatches !== true) size = nextBatchSize(size, seen, performance.now() - begunAt);
  }
}

/** A run that cannot be undone is refused before it is planned. */
function undo({ undo }: OpenSweepable, work: RestoreWork, size: number): Promise<number> {
  if (undo === null) throw new UndoRefusedError(`run ${work.ledger.runNo} kept nothing that an undo could put back`);
  return undo.restoreBatch(work, size);
}
