import { type Selectable, sql } from 'kysely';
import type { Db, RunPartitionsTable, Tx } from '../../database/schema.ts';
import { addTotals, type Finding, mostFindings, type Totals } from '../../domain/run.ts';
import { isSeen, type Seen } from './seen.ts';

export type RunPartition = Selectable<RunPartitionsTable>;

export interface PlannedPartition {
  readonly no: number;
  readonly collection: string;
  readonly partition: string;
  readonly rows: number;
  readonly due: number;
}

export async function planPartitions(tx: Tx, runNo: number, partitions: readonly PlannedPartition[]): Promise<void> {
  if (partitions.length === 0) return;
  await sql`insert into coppice.run_partitions (run_no, no, collection, partition, rows, due)
    select ${runNo}, p.* from jsonb_to_recordset(${JSON.stringify(partitions)}::jsonb)
      as p (no integer, collection text, partition text, rows bigint, due bigint)`.execute(tx);
}

/** Those of a range of numbers that are not finished, in order. */
export function openPartitions(db: Db, runNo: number, from: number, to: number): Promise<RunPartition[]> {
  return db
    .selectFrom('coppice.run_partitions')
    .selectAll()
    .where('run_no', '=', runNo)
    .where('no', '>=', from)
    .where('no', '<=', to)
    .where('state', 'in', ['waiting', 'working'])
    .orderBy('no')
    .execute();
}

/** Weights of unfinished partitions beyond a number, for packing. */
export function partitionWeights(db: Db, runNo: number, beyond: number, limit: number) {
  return db
    .selectFrom('coppice.run_partitions')
    .select(['no', 'due as weight', 'collection', 'partition'])
    .where('run_no', '=', runNo)
    .where('no', '>', beyond)
    .where('state', 'in', ['waiting', 'working'])
    .orderBy('no')
    .limit(limit)
    .execute();
}

/**
 * An activity begins on partitions. A partition that was being worked on has lost its worker, which counts as a crash.
 * A partition that another activity of the run has ended meanwhile is not returned, and its counts stay.
 */
export function beginPartitions(tx: Tx, runNo: number, nos: readonly number[]): Promise<RunPartition[]> {
  return tx
    .updateTable('coppice.run_partitions')
    .set({
      crashes: sql<number>`crashes + case when state = 'working' then 1 else 0 end`,
      state: 'working',
      started_at: sql<Date>`coalesce(started_at, now())`,
    })
    .where('run_no', '=', runNo)
    .where('no', '=', sql<number>`any(${nos}::int[])`)
    .where('state', 'in', ['waiting', 'working'])
    .returningAll()
    .execute();
}

/** The activity stops in good order before the partition is finished. */
export async function pausePartition(tx: Tx, runNo: number, no: number): Promise<void> {
  await tx
    .updateTable('coppice.run_partitions')
    .set({ state: 'waiting' })
    .where('run_no', '=', runNo)
    .where('no', '=', no)
    .execute();
}

/** The partition is given up; `closePartitions` ends one that is done. */
export async function buryPartition(tx: Tx, runNo: number, no: number): Promise<void> {
  await tx
    .updateTable('coppice.run_partitions')
    .set({ state: 'dead', finished_at: sql<Date>`now()` })
    .where('run_no', '=', runNo)
    .where('no', '=', no)
    .execute();
}

/** Where a partition's work stands; written in the transaction of the batch it describes. */
export interface Checkpoint {
  readonly after: string | null;
  readonly totals: Totals;
  /** Rows removed in all, net of what was put back: what the weekly brake adds up. */
  readonly removed: number;
  /** Rows that the ledger records in all: what an undo is planned by. */
  readonly recorded: number;
  /** Ids that an undo refused, the first hundred. */
  readonly refused: readonly string[];
  /** The first hundred rows, collections and stores that were left out, with the reason. */
  readonly findings: readonly Finding[];
}

/** By the partition's number. */
export async function writeCheckpoints(
  tx: Tx,
  runNo: number,
  checkpoints: ReadonlyMap<number, Checkpoint>,
): Promise<void> {
  const rows = [...checkpoints].map(([no, { after, totals, removed, recorded, refused, findings }]) => {
    return { no, after, totals, removed, recorded, refused, findings };
  });
  await sql`
    update coppice.run_partitions p set after = c.after, totals = c.totals, removed = c.removed,
      recorded = c.recorded, refused = c.refused,
      findings = c.findings, progress = p.progress + 1
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as c (no integer, after text, totals jsonb, removed bigint, recorded bigint, refused jsonb, findings jsonb)
    where p.run_no = ${runNo} and p.no = c.no and p.no = any(${rows.map(({ no }) => no)}::int[])`.execute(tx);
}

export interface PartitionSums {
  readonly totals: Totals;
  /** Counts of partitions by state. */
  readonly states: Readonly<Record<string, number>>;
}

/** Sums over all partitions of a run, counted from committed work. */
export async function sumPartitions(db: Db, runNo: number): Promise<PartitionSums> {
  const states = await sql<{ state: string; count: number }>`
    select state, count(*)::int8 as count from coppice.run_partitions where run_no = ${runNo} group by state`.execute(
    db,
  );
  const totals = await sql<{ name: string; sum: number }>`
    select t.key as name, sum(t.value::int8)::int8 as sum
    from coppice.run_partitions p, jsonb_each_text(p.totals) t where p.run_no = ${runNo} group by t.key`.execute(db);
  return {
    totals: totals.rows.reduce<Totals>((sum, row) => addTotals(sum, { [row.name]: row.sum }), {}),
    states: Object.fromEntries(states.rows.map((row) => [row.state, row.count])),
  };
}

/**
 * Rows of each collection that the jobs removed within the last seven days and no undo restored. An undo counts with the
 * run that it undid: restoring rows that were removed long ago makes no room for more.
 */
export async function removedInSevenDays(db: Db, jobs: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await sql<{ collection: string; removed: number }>`
    select p.collection, sum(p.removed)::int8 as removed
    from coppice.run_partitions p join coppice.runs r on r.no = p.run_no
      left join lateral (
        select u.started_at from coppice.runs u where r.undoes in (u.run_id, u.workflow_id)
        order by u.asked_at desc limit 1
      ) undone on true
    where r.job = any(${jobs}::text[]) and coalesce(r.started_at, r.asked_at) > now() - interval '7 days'
      and coalesce(undone.started_at, r.started_at) > now() - interval '7 days'
    group by p.collection`.execute(db);
  return new Map(rows.map((row) => [row.collection, Math.max(0, row.removed)]));
}

/** Ids that an undo left alone because they exist again, the first hundred of the run. */
export async function refusedIds(
  db: Db,
  runNo: number,
  seen: Seen = null,
): Promise<{ collection: string; id: string }[]> {
  const { rows } = await sql<{ collection: string; id: string }>`
    select p.collection, r.id from coppice.run_partitions p join coppice.runs on coppice.runs.no = p.run_no,
      jsonb_array_elements_text(p.refused) r (id)
    where p.run_no = ${runNo} and ${isSeen(seen, sql`coppice.runs.job`, sql`p.partition`)} order by p.no, r.id limit 100`.execute(
    db,
  );
  return rows;
}

/** Returns the first hundred findings of the run: rows that were left out, with the reason. */
export async function findingsOf(
  db: Db,
  runNo: number,
  seen: Seen = null,
): Promise<(Finding & { readonly collection: string })[]> {
  const { rows } = await sql<{ collection: string; finding: Finding }>`
    select p.collection, f.finding from coppice.run_partitions p join coppice.runs on coppice.runs.no = p.run_no,
      jsonb_array_elements(p.findings) with ordinality f (finding, at)
    where p.run_no = ${runNo} and ${isSeen(seen, sql`coppice.runs.job`, sql`p.partition`)}
    order by p.no, f.at limit ${sql.lit(mostFindings)}`.execute(db);
  return rows.map(({ collection, finding }) => ({ collection, ...finding }));
}
