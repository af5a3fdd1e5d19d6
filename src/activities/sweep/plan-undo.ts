import { sql } from 'kysely';
import { boundedTransaction } from '../../database/transaction.ts';
import { canUndo } from '../../jobs/facts.ts';
import { findRun, getRun, recordFailed } from '../../state/runs/runs.ts';
import type { SweepDeps } from './deps.ts';
import { UndoRefusedError } from './errors.ts';
import { Collections, type OpenCollection, openEach } from './open-collections.ts';
import { fingerprintsOf } from './survey-run.ts';
import type { Sweepable } from './sweepable.ts';
import type { Plan, RunContext } from './types.ts';

/**
 * The plan of an undo: the partitions of the undone run of which the ledger records something, under their own numbers, since those
 * stand in the ledger. Run again it answers the same.
 */
export async function planUndo(
  deps: SweepDeps,
  run: RunContext,
  undoes: string,
  { attempt = 1, signal = new AbortController().signal }: { attempt?: number; signal?: AbortSignal } = {},
): Promise<Plan> {
  const undone = await findRun(deps.db, undoes);
  if (undone === null) throw new UndoRefusedError(`there is no run ${undoes}`);
  if (undone.kind !== 'sweep')
    throw new UndoRefusedError(`run ${undoes} is of kind ${undone.kind}: there is nothing to put back`);
  if (undone.finished_at === null)
    throw new UndoRefusedError(`run ${undoes} has not ended; cancel it first, then undo it`);
  if (!canUndo(deps.settings(undone.job).job)) {
    throw new UndoRefusedError(
      `run ${undoes} of ${undone.job} removed no document and kept nothing of what it replaced: it cannot be undone`,
    );
  }
  if (!undone.ledger) {
    throw new UndoRefusedError(
      `run ${undoes} kept nothing of what it removed (jobs.${undone.job}.ledger.enabled was false): it cannot be undone`,
    );
  }
  const { retentionDays } = deps.settings(run.job).ledger;
  const attempts = new Collections(attempt);
  const sweepables = await concerned(deps, run.job, undone.no);
  const collections = await openEach(deps.db, sweepables, attempts, signal);
  await requireImages(deps, undoes, undone.no, collections);
  const opened = collections.map(({ collection }) => collection);
  const record = await getRun(deps.db, run.runId);
  await boundedTransaction(deps.db, async (tx) => {
    await sql`insert into coppice.run_partitions (run_no, no, collection, partition, rows, due)
      select ${run.runNo}, p.no, p.collection, p.partition, p.rows, greatest(p.removed, p.recorded)
      from coppice.run_partitions p
      where p.run_no = ${undone.no} and greatest(p.removed, p.recorded) > 0 and p.collection = any(${opened}::text[])
        and p.started_at > now() - make_interval(days => ${Math.floor(retentionDays)})
      on conflict do nothing`.execute(tx);
    await recordFailed(tx, run.runId, attempts.failed);
  });
  const sum = await deps.db
    .selectFrom('coppice.run_partitions')
    .select([sql<number>`count(*)::int8`.as('partitions'), sql<number>`coalesce(sum(due), 0)::int8`.as('due')])
    .where('run_no', '=', run.runNo)
    .executeTakeFirstOrThrow();
  const recorded = await recordedBy(deps, undone.no);
  if (sum.partitions === 0 && recorded > 0) {
    throw new UndoRefusedError(
      `run ${undoes} removed or changed ${recorded} rows longer than ${retentionDays} days ago: it can no longer be undone`,
    );
  }
  return {
    cutoff: (record.started_at ?? record.asked_at).toISOString(),
    fingerprints: fingerprintsOf(collections),
    undoneRunNo: undone.no,
    partitions: sum.partitions,
    due: sum.due,
  };
}

/** Refuses an undo of which every collection's images were dropped. */
async function requireImages(
  deps: SweepDeps,
  undoes: string,
  runNo: number,
  collections: readonly OpenCollection[],
): Promise<void> {
  const kept = await Promise.all(
    collections.map(async ({ open }) => (await open.undo?.keepsImages?.(deps.db, runNo)) ?? true),
  );
  if (collections.length === 0 || kept.includes(true)) return;
  throw new UndoRefusedError(
    `the values that run ${undoes} changed are kept until the next run of the job has ended, and were dropped: it can no ` +
      'longer be undone',
  );
}

/** Collections of which the ledger records something. */
async function concerned(deps: SweepDeps, job: string, runNo: number): Promise<readonly Sweepable[]> {
  const rows = await deps.db
    .selectFrom('coppice.run_partitions')
    .select('collection')
    .distinct()
    .where('run_no', '=', runNo)
    .where((where) => where.or([where('removed', '>', 0), where('recorded', '>', 0)]))
    .execute();
  const names = new Set(rows.map((row) => row.collection));
  return deps.sweepables(job).filter(({ collection }) => names.has(collection));
}

async function recordedBy(deps: SweepDeps, runNo: number): Promise<number> {
  const { recorded } = await deps.db
    .selectFrom('coppice.run_partitions')
    .select(sql<number>`coalesce(sum(greatest(removed, recorded)), 0)::int8`.as('recorded'))
    .where('run_no', '=', runNo)
    .executeTakeFirstOrThrow();
  return recorded;
}
