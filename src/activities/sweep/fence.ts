import { addTotals } from '../../domain/run.ts';
import { holdsLease, type RunIdentity } from '../../state/leases.ts';
import { holdsPartition, type PartitionName } from '../../state/partition-locks.ts';
import { type Checkpoint, writeCheckpoint } from '../../state/run-partitions.ts';
import type { Db, Tx } from '../../state/schema.ts';
import { boundedTransaction } from '../../state/transaction.ts';
import { named } from '../../stores/postgres/errors.ts';
import { FenceLostError, LeaseLostError } from './errors.ts';
import type { Guard, Step } from './sweepable.ts';

const mostRefusedIds = 100;

export interface FenceOptions {
  readonly db: Db;
  readonly run: RunIdentity;
  readonly lease: { readonly name: string; readonly generation: number };
  readonly partition: PartitionName;
  readonly epoch: number;
  /** Where the checkpoint is written. */
  readonly record: { readonly runNo: number; readonly no: number };
  readonly checkpoint: Checkpoint;
  /** Called after each commit. */
  readonly onCommit: () => void;
}

/**
 * The fence of one partition. Temporal's attempt number cannot serve: it restarts after continue-as-new and after a
 * reset, and a process that was frozen writes on when it thaws. Generation and epoch live in the database, and every
 * batch compares them under row locks in its own transaction.
 */
export function createGuard(options: FenceOptions): Guard {
  const { db, run, lease, partition, epoch, record } = options;
  let { checkpoint } = options;

  async function verify(tx: Tx): Promise<void> {
    if (!(await holdsLease(tx, lease.name, run.runId, lease.generation))) throw new LeaseLostError(lease.name);
    if (!(await holdsPartition(tx, partition, run.runId, epoch))) throw new FenceLostError();
  }

  return {
    get after() {
      return checkpoint.after;
    },
    check: () => named(() => boundedTransaction(db, verify)),
    commit: async (work) => {
      const { step, next } = await named(() =>
        boundedTransaction(db, async (tx) => {
          await verify(tx);
          const step = await work(tx);
          const next = advance(checkpoint, step);
          await writeCheckpoint(tx, record.runNo, record.no, next);
          return { step, next };
        }),
      );
      checkpoint = next;
      options.onCommit();
      return step;
    },
  };
}

function advance(checkpoint: Checkpoint, step: Step): Checkpoint {
  return {
    after: step.after === undefined ? checkpoint.after : step.after,
    totals: addTotals(checkpoint.totals, step.totals ?? {}),
    removed: checkpoint.removed + (step.removed ?? 0),
    refused: [...checkpoint.refused, ...(step.refused ?? [])].slice(0, mostRefusedIds),
  };
}
