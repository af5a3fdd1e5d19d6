import { named } from '../../database/errors.ts';
import { boundedTransaction } from '../../database/transaction.ts';
import { type HeldPartition, pausePartitions } from '../../state/locks/fence.ts';
import { holdsLease } from '../../state/locks/leases.ts';
import { takePartitions } from '../../state/locks/partition-locks.ts';
import { beginPartitions, type Checkpoint, type RunPartition } from '../../state/runs/run-partitions.ts';
import type { SweepDeps } from './deps.ts';
import { FenceLostError, LeaseLostError } from './errors.ts';
import { createFences, type Fences } from './fences.ts';
import { logFinished } from './log-finished.ts';
import type { Together, TogetherGuard } from './sweepable.ts';
import type { DrainInput } from './types.ts';

export interface GroupInput extends DrainInput {
  readonly rows: readonly RunPartition[];
  readonly together: Together;
  readonly signal: AbortSignal;
  readonly onCommit: () => void;
}

/**
 * Handles small partitions of one collection together, under the same fence as one alone: each has its lock and its
 * epoch, and what is done to all of them commits at once. Returns those that are somebody else's now.
 */
export async function drainGroup(deps: SweepDeps, input: GroupInput): Promise<readonly RunPartition[]> {
  const { run, rows } = input;
  const startedAt = performance.now();
  const begun = await take(deps, input);
  const held = begun.map((one) => one.held);
  if (begun.length > 0) {
    const fences = await handle(deps, input, begun).catch(async (error: unknown) => {
      // Where even that fails, what went wrong first says more, and the mark of a crash only sends each alone.
      if (!(error instanceof FenceLostError)) await pausePartitions(deps.db, run, held).catch(() => undefined);
      throw error;
    });
    const elapsedMs = performance.now() - startedAt;
    for (const one of held) logFinished(deps, run, one, fences.checkpoints.get(one.no)?.totals ?? {}, elapsedMs);
  }
  const mine = new Set(held.map(({ no }) => no));
  return rows.filter((row) => !mine.has(row.no));
}

interface Begun {
  readonly held: HeldPartition;
  readonly checkpoint: Checkpoint;
}

/** A commit of its own: a worker that is lost in what follows leaves its mark on the partitions. */
async function take(deps: SweepDeps, { run, rows }: GroupInput): Promise<Begun[]> {
  const { lease } = run;
  if (lease === null) throw new LeaseLostError(run.job);
  return named(() =>
    boundedTransaction(deps.db, async (tx) => {
      if (!(await holdsLease(tx, lease.name, run.runId, lease.generation))) throw new LeaseLostError(lease.name);
      const wanted = rows.map(({ no, collection, partition }) => ({ no, collection, partition }));
      const taken = await takePartitions(tx, wanted, run, null);
      const nos = taken.map(({ no }) => no);
      const begun = new Map((await beginPartitions(tx, run.runNo, nos)).map((row) => [row.no, row]));
      return taken.flatMap((held) => {
        const checkpoint = begun.get(held.no);
        return checkpoint === undefined ? [] : [{ held, checkpoint }];
      });
    }),
  );
}

async function handle(deps: SweepDeps, input: GroupInput, begun: readonly Begun[]): Promise<Fences> {
  const { run, plan, together, signal, onCommit } = input;
  const { runNo, lease } = run;
  if (lease === null) throw new LeaseLostError(run.job);
  const held = begun.map((one) => one.held);
  const checkpoints = new Map(begun.map((one) => [one.held.no, one.checkpoint]));
  const fences = createFences({ db: deps.db, run, lease, runNo, held, checkpoints, onCommit, settles: run.job });
  await named(() =>
    together.handle({
      ...{ db: deps.db, runNo, keep: run.ledger !== false, guard: guardOf(fences), signal },
      partitions: begun.map(({ held: { no, partition, epoch }, checkpoint: { after } }) => {
        return { no, partition, epoch, after };
      }),
      terms: { cutoff: new Date(plan.cutoff), parameters: run.parameters, respectHolds: true },
    }),
  );
  if (!fences.finished) throw new Error('bulk handler returned without calling guard.finish()');
  return fences;
}

function guardOf({ check, commit }: Fences): TogetherGuard {
  return {
    check,
    commit: (work) => commit(async (tx) => ({ steps: await work(tx), last: false })),
    finish: (work) => commit(async (tx) => ({ steps: await work(tx), last: true })),
  };
}
