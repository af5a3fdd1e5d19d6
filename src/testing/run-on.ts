import { randomUUID } from 'node:crypto';
import { createGuard } from '../activities/sweep/fence.ts';
import type { OpenSweepable, PartitionWork, SweepTerms } from '../activities/sweep/sweepable.ts';
import type { Db } from '../database/schema.ts';
import { addTotals, type Totals } from '../domain/run.ts';
import { takeLease } from '../state/locks/leases.ts';
import { releasePartition, takePartitions } from '../state/locks/partition-locks.ts';
import { beginPartitions, planPartitions, type RunPartition } from '../state/runs/run-partitions.ts';
import { beginRun, type Run } from '../state/runs/runs.ts';

export interface DonePartition {
  readonly no: number;
  readonly partition: string;
  readonly due: number;
}

export interface RunOn {
  readonly open: OpenSweepable;
  readonly db: Db;
  readonly job: string;
  readonly collection: string;
  readonly terms: SweepTerms;
  /** Items in a batch. */
  readonly size: number;
}

/** Work of a run, for its undo. */
export interface DoneRun {
  readonly runNo: number;
  readonly partitions: readonly DonePartition[];
  readonly totals: Totals;
}

const namespace = 'test';

/** Counts what is due by partition, as a preview does. */
export async function countDue({ open, db, terms }: RunOn): Promise<Map<string, number>> {
  const source = await open.observe(db, terms, null, new AbortController().signal);
  return db.transaction().execute(async (tx) => {
    const found = new Map<string, number>();
    for await (const page of source.count(tx))
      for (const { partition, due } of page) if (partition !== null && due > 0) found.set(partition, due);
    return found;
  });
}

/** One run without Temporal: survey, items, then every partition that `only` names (all without it), batch by batch. */
export async function runOn(on: RunOn, only: readonly string[] | null): Promise<DoneRun> {
  const { open, db, collection, terms } = on;
  const run = await begin(on, 'sweep');
  const source = await open.observe(db, terms, run.no, new AbortController().signal);
  const planned = await db.transaction().execute(async (tx) => {
    const rows = [];
    for await (const page of source.count(tx)) rows.push(...page.filter(({ due }) => due > 0));
    const partitions = rows.map(({ partition, rows: all, due }, at) => ({
      ...{ no: at + 1, collection, partition: partition ?? '', rows: all, due },
    }));
    await planPartitions(tx, run.no, partitions);
    await source.collect(tx, run.no);
    return partitions;
  });
  const chosen = planned.filter(({ partition }) => only === null || only.includes(partition));
  let totals: Totals = {};
  for (const one of chosen) {
    const done = await withPartition(on, run, one, (work) => open.work.applyBatch(work, on.size));
    totals = addTotals(totals, done);
  }
  return { runNo: run.no, partitions: chosen, totals };
}

/** Undoes a run. */
export async function undoOn(on: RunOn, done: DoneRun): Promise<Totals> {
  const { undo } = on.open;
  if (undo === null) throw new Error(`nothing that ${on.job} does can be undone`);
  const run = await begin(on, 'undo');
  const { no: undoNo, run_id: runId } = run;
  await on.db.transaction().execute((tx) =>
    planPartitions(
      tx,
      undoNo,
      done.partitions.map((one) => ({ ...one, collection: on.collection, rows: one.due })),
    ),
  );
  let totals: Totals = {};
  for (const one of done.partitions) {
    const part = await withPartition(on, run, one, (work) => {
      const ledger = { runNo: done.runNo, partNo: one.no };
      return undo.restoreBatch({ ...work, ledger, undo: { runNo: undoNo, runId } }, on.size);
    });
    totals = addTotals(totals, part);
  }
  return totals;
}

function begin({ db, job }: RunOn, kind: 'sweep' | 'undo'): Promise<Run> {
  const id = randomUUID();
  const identity = { runId: id, workflowId: `test-${id}`, namespace };
  return beginRun(db, { ...identity, job, kind, parameters: {}, requestedBy: null, undoes: null, ledger: true });
}

/** Works on one partition under its lock and fence until a batch is not full; returns what was counted. */
async function withPartition(
  { db, job, collection, terms, size }: RunOn,
  run: Run,
  { no, partition }: DonePartition,
  batch: (work: PartitionWork) => Promise<number>,
): Promise<Totals> {
  const who = { runId: run.run_id, workflowId: run.workflow_id, namespace: run.namespace };
  const lease = { name: who.runId, generation: (await takeLease(db, who.runId, who)).generation };
  const one = { no, collection, partition };
  const { epoch, checkpoint } = await db.transaction().execute(async (tx) => {
    const [held] = await takePartitions(tx, [one], who, null);
    const [begun] = await beginPartitions(tx, run.no, [no]);
    if (held === undefined || begun === undefined) throw new Error(`partition '${partition}' could not be taken`);
    return { epoch: held.epoch, checkpoint: begun satisfies RunPartition };
  });
  const guard = createGuard({
    ...{ db, run: who, lease, runNo: run.no, onCommit: () => {}, settles: job },
    ...{ partition: one, epoch, record: { runNo: run.no, no }, checkpoint },
  });
  const { signal } = new AbortController();
  const work = { db, partition, ledger: { runNo: run.no, partNo: no }, terms, keep: true, signal };
  while ((await batch({ ...work, guard: guard.upTo(size) })) === size);
  await db.transaction().execute((tx) => releasePartition(tx, one, who.runId, epoch));
  return guard.totals;
}
