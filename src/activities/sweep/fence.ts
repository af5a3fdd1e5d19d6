import { addTotals, type Totals } from '../../domain/run.ts';
import { checkFences, closePartitions } from '../../state/fence.ts';
import type { RunIdentity } from '../../state/leases.ts';
import type { PartitionName } from '../../state/partition-locks.ts';
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
  /** The job whose dead letter of this partition is settled when it is finished; `null`: none. */
  readonly settles?: string | null;
}

export interface PartitionGuard extends Guard {
  /** Totals as they were committed. */
  readonly totals: Totals;
  /** Whether a commit has finished the partition and let go of it. */
  readonly finished: boolean;
  /** The same fence for a batch of up to so many items: one that sees fewer finishes the partition in its own commit. */
  upTo(size: number): Guard;
}

/**
 * The fence of one partition. Temporal's attempt number cannot serve: it restarts after continue-as-new and after a
 * reset, and a process that was frozen writes on when it thaws. Generation and epoch live in the database, and every
 * batch compares them under row locks in its own transaction.
 */
export function createGuard(options: FenceOptions): PartitionGuard {
  const { db, run, lease, partition, epoch, record } = options;
  let { checkpoint } = options;
  const held = [{ ...partition, no: record.no, epoch }];
  const closing = { runNo: record.runNo, runId: run.runId, settles: options.settles ?? null };
  let finished = false;

  async function verify(tx: Tx): Promise<void> {
    const fence = await checkFences(tx, lease, run.runId, held);
    if (!fence.lease) throw new LeaseLostError(lease.name);
    if (!fence.partitions) throw new FenceLostError();
  }

  async function commit<T extends Step>(work: (tx: Tx) => Promise<T>, size: number): Promise<T> {
    const { step, next, last } = await named(() =>
      boundedTransaction(db, async (tx) => {
        await verify(tx);
        const step = await work(tx);
        const next = advance(checkpoint, step);
        await writeCheckpoint(tx, record.runNo, record.no, next);
        const last = step.seen !== undefined && step.seen < size;
        if (last) await closePartitions(tx, closing, held);
        return { step, next, last };
      }),
    );
    checkpoint = next;
    finished = last;
    if (step.progress !== false) options.onCommit();
    return step;
  }

  const guardOf = (size: number): Guard => ({
    epoch,
    get after() {
      return checkpoint.after;
    },
    // It locks and writes nothing.
    check: () => named(() => boundedTransaction(db, verify, { durable: false })),
    commit: (work) => commit(work, size),
  });
  const plain = guardOf(0);
  return {
    epoch,
    get after() {
      return checkpoint.after;
    },
    get totals() {
      return checkpoint.totals;
    },
    get finished() {
      return finished;
    },
    check: plain.check,
    commit: plain.commit,
    upTo: guardOf,
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
