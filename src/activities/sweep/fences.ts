import { named } from '../../database/errors.ts';
import type { Db, Tx } from '../../database/schema.ts';
import { boundedTransaction } from '../../database/transaction.ts';
import { addFindings, addTotals } from '../../domain/run.ts';
import type { RunIdentity } from '../../domain/run-identity.ts';
import { checkFences, closePartitions, type HeldPartition, type Lease } from '../../state/locks/fence.ts';
import { type Checkpoint, writeCheckpoints } from '../../state/runs/run-partitions.ts';
import { FenceLostError, LeaseLostError } from './errors.ts';
import type { Step } from './sweepable.ts';

const mostRefusedIds = 100;

export interface FencesOptions {
  readonly db: Db;
  readonly run: RunIdentity;
  readonly lease: Lease;
  /** The run whose checkpoints these are. */
  readonly runNo: number;
  readonly held: readonly HeldPartition[];
  /** By the partition's number. */
  readonly checkpoints: ReadonlyMap<number, Checkpoint>;
  /** Called after each commit. */
  readonly onCommit: () => void;
  /** The job whose dead letters of these partitions are settled when they are finished; `null`: none. */
  readonly settles: string | null;
}

/** Effects of one commit: on each partition, by its number, and whether the partitions are finished. */
export interface Steps {
  readonly steps: ReadonlyMap<number, Step>;
  readonly last: boolean;
}

/** The fence of all partitions that one activity has in its hands. */
export interface Fences {
  readonly checkpoints: ReadonlyMap<number, Checkpoint>;
  /** Whether a commit has finished the partitions and let go of them. */
  readonly finished: boolean;
  /** One transaction: the fences under row locks, the work, the checkpoints. Throws `FenceLostError`, `LeaseLostError`. */
  commit(work: (tx: Tx) => Promise<Steps>): Promise<void>;
  /** The fences alone. */
  check(): Promise<void>;
}

/**
 * Temporal's attempt number cannot serve as a fence: it restarts after continue-as-new and after a reset, and a process
 * that was frozen writes on when it thaws. Generation and epoch live in the database, and every batch compares them
 * under row locks in its own transaction; where partitions commit together, those of all of them.
 */
export function createFences(options: FencesOptions): Fences {
  const { db, run, lease, runNo, held, settles } = options;
  let { checkpoints } = options;
  let finished = false;

  async function verify(tx: Tx): Promise<void> {
    const fence = await checkFences(tx, lease, run.runId, held);
    if (!fence.lease) throw new LeaseLostError(lease.name);
    if (!fence.partitions) throw new FenceLostError();
  }

  return {
    get checkpoints() {
      return checkpoints;
    },
    get finished() {
      return finished;
    },
    // It locks and writes nothing.
    check: () => named(() => boundedTransaction(db, verify, { durable: false })),
    commit: async (work) => {
      const { steps, last, next } = await named(() =>
        boundedTransaction(db, async (tx) => {
          await verify(tx);
          const { steps, last } = await work(tx);
          const next = new Map([...checkpoints].map(([no, one]) => [no, advance(one, steps.get(no) ?? {})]));
          await writeCheckpoints(tx, runNo, next);
          if (last) await closePartitions(tx, { runNo, runId: run.runId, settles }, held);
          return { steps, last, next };
        }),
      );
      checkpoints = next;
      finished = last;
      if ([...steps.values()].every((step) => step.progress !== false)) options.onCommit();
    },
  };
}

function advance(checkpoint: Checkpoint, step: Step): Checkpoint {
  return {
    after: step.after === undefined ? checkpoint.after : step.after,
    totals: addTotals(checkpoint.totals, step.totals ?? {}),
    removed: checkpoint.removed + (step.removed ?? 0),
    recorded: checkpoint.recorded + (step.recorded ?? Math.max(0, step.removed ?? 0)),
    findings: addFindings(checkpoint.findings, step.findings ?? []),
    refused: [...checkpoint.refused, ...(step.refused ?? [])].slice(0, mostRefusedIds),
  };
}
