import type { Db, Tx } from '../../database/schema.ts';
import type { Totals } from '../../domain/run.ts';
import type { RunIdentity } from '../../domain/run-identity.ts';
import type { Lease } from '../../state/locks/fence.ts';
import type { PartitionName } from '../../state/locks/partition-locks.ts';
import type { Checkpoint } from '../../state/runs/run-partitions.ts';
import { createFences } from './fences.ts';
import type { Guard, Step } from './sweepable.ts';

export interface FenceOptions {
  readonly db: Db;
  readonly run: RunIdentity;
  readonly lease: Lease;
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

/** The fence of one partition. */
export function createGuard(options: FenceOptions): PartitionGuard {
  const { db, run, lease, partition, epoch, record, settles = null, onCommit } = options;
  const { no, runNo } = record;
  const held = [{ ...partition, no, epoch }];
  const checkpoints = new Map([[no, options.checkpoint]]);
  const fences = createFences({ db, run, lease, runNo, held, checkpoints, onCommit, settles });
  const checkpoint = () => fences.checkpoints.get(no) ?? options.checkpoint;

  async function commit<T extends Step>(work: (tx: Tx) => Promise<T>, size: number): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<T>();
    await fences.commit(async (tx) => {
      const step = await work(tx);
      resolve(step);
      return { steps: new Map([[no, step]]), last: step.seen !== undefined && step.seen < size };
    });
    return promise;
  }

  const guardOf = (size: number): Guard => ({
    epoch,
    get after() {
      return checkpoint().after;
    },
    check: fences.check,
    commit: (work) => commit(work, size),
  });
  return {
    ...{ epoch, check: fences.check, commit: (work) => commit(work, 0), upTo: guardOf },
    get after() {
      return checkpoint().after;
    },
    get totals() {
      return checkpoint().totals;
    },
    get finished() {
      return fences.finished;
    },
  };
}
