import { nextBatchSize } from '../../domain/batch-size.ts';
import { checkFences, closePartitions, type HeldPartition, pausePartitions } from '../../state/fence.ts';
import { holdsLease } from '../../state/leases.ts';
import { takePartitions } from '../../state/partition-locks.ts';
import { beginPartitions, type RunPartition, writeOutcomes } from '../../state/run-partitions.ts';
import { boundedTransaction } from '../../state/transaction.ts';
import { named } from '../../stores/postgres/errors.ts';
import { batchSizeOf } from './batch-size.ts';
import type { SweepDeps } from './deps.ts';
import { FenceLostError, LeaseLostError } from './errors.ts';
import { logFinished } from './log-finished.ts';
import type { RemoveTogether, Step } from './sweepable.ts';
import type { DrainInput } from './types.ts';

const mostPartitions = 1_000;

/**
 * Partitions that come next and are small enough to share a transaction: what a partition costs, its locks, its
 * checkpoint, its commit, is then paid once for all of them. One that was worked on before goes by itself, so that
 * trouble is found where it is.
 */
export class Grouping {
  readonly #set: number | null;
  #size: number;

  constructor(deps: SweepDeps, input: DrainInput) {
    const { set, start } = batchSizeOf(deps, input.run);
    this.#set = set;
    this.#size = start;
  }

  next(rows: readonly RunPartition[], from: number): RunPartition[] {
    const group: RunPartition[] = [];
    let due = 0;
    for (const row of rows.slice(from, from + mostPartitions)) {
      due += row.due;
      if (due > this.#size || !isFresh(row) || row.collection !== (group[0] ?? row).collection) break;
      group.push(row);
    }
    return group;
  }

  took(rows: readonly RunPartition[], elapsedMs: number): void {
    const due = rows.reduce((sum, row) => sum + row.due, 0);
    if (this.#set === null) this.#size = nextBatchSize(this.#size, due, elapsedMs);
  }
}

function isFresh(row: RunPartition): boolean {
  return row.state === 'waiting' && row.crashes === 0 && row.progress === 0;
}

export interface GroupInput extends DrainInput {
  readonly rows: readonly RunPartition[];
  readonly removeTogether: RemoveTogether;
  readonly onCommit: () => void;
}

/**
 * Handles small partitions of one collection together, under the same fence as one alone: each has its lock and its
 * epoch, and what is done to all of them commits at once. Returns those that are somebody else's now.
 */
export async function drainGroup(deps: SweepDeps, input: GroupInput): Promise<readonly RunPartition[]> {
  const { run, rows } = input;
  const startedAt = performance.now();
  const held = await take(deps, input);
  if (held.length > 0) {
    const steps = await removeHeld(deps, input, held).catch(async (error: unknown) => {
      // Where even that fails, what went wrong first says more, and the mark of a crash only sends each alone.
      if (!(error instanceof FenceLostError)) await pausePartitions(deps.db, run, held).catch(() => undefined);
      throw error;
    });
    input.onCommit();
    const elapsedMs = performance.now() - startedAt;
    for (const one of held) logFinished(deps, run, one, steps.get(one.no)?.totals ?? {}, elapsedMs);
  }
  const mine = new Set(numbersOf(held));
  return rows.filter((row) => !mine.has(row.no));
}

/** A commit of its own: a worker that is lost in what follows leaves its mark on the partitions. */
async function take(deps: SweepDeps, { run, rows }: GroupInput): Promise<HeldPartition[]> {
  const { lease } = run;
  if (lease === null) throw new LeaseLostError(run.job);
  return named(() =>
    boundedTransaction(deps.db, async (tx) => {
      if (!(await holdsLease(tx, lease.name, run.runId, lease.generation))) throw new LeaseLostError(lease.name);
      const wanted = rows.map(({ no, collection, partition }) => ({ no, collection, partition }));
      const taken = await takePartitions(tx, wanted, run, null);
      const begun = await beginPartitions(tx, run.runNo, numbersOf(taken));
      const nos = new Set(numbersOf(begun));
      return taken.filter((one) => nos.has(one.no));
    }),
  );
}

async function removeHeld(
  deps: SweepDeps,
  { run, plan, removeTogether }: GroupInput,
  held: readonly HeldPartition[],
): Promise<ReadonlyMap<number, Step>> {
  const { lease } = run;
  if (lease === null) throw new LeaseLostError(run.job);
  return named(() =>
    boundedTransaction(deps.db, async (tx) => {
      const fence = await checkFences(tx, lease, run.runId, held);
      if (!fence.lease) throw new LeaseLostError(lease.name);
      if (!fence.partitions) throw new FenceLostError();
      const steps = await removeTogether(tx, {
        runNo: run.runNo,
        partitions: held,
        terms: { cutoff: new Date(plan.cutoff), parameters: run.parameters, respectHolds: true },
        keep: run.ledger !== false,
      });
      const outcomes = held.map(({ no }) => {
        const { totals = {}, removed = 0 } = steps.get(no) ?? {};
        return { no, totals, removed };
      });
      await writeOutcomes(tx, run.runNo, outcomes);
      await closePartitions(tx, { runNo: run.runNo, runId: run.runId, settles: run.job }, held);
      return steps;
    }),
  );
}

function numbersOf(partitions: readonly { readonly no: number }[]): number[] {
  return partitions.map((one) => one.no);
}
