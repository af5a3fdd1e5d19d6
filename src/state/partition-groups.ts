import { sql } from 'kysely';
import type { Totals } from '../domain/run.ts';
import { partitionKey } from './key.ts';
import type { RunIdentity } from './leases.ts';
import type { PartitionName } from './partition-locks.ts';
import type { Db, Tx } from './schema.ts';

/**
 * What `partition-locks` and `fence` do for one partition, for many small ones at once: a statement each, however many
 * there are. The rules are the same.
 */
export interface NumberedPartition extends PartitionName {
  /** Its number in the run. */
  readonly no: number;
}

/** A partition in this run's hands, in the epoch drawn for it. */
export interface HeldPartition extends NumberedPartition {
  readonly epoch: number;
}

/**
 * Takes those that are free or the run's own already, and begins them. The others are left to whoever asks why, those
 * among them that another activity of the run has ended since this one looked.
 */
export async function takePartitions(
  tx: Tx,
  runNo: number,
  run: RunIdentity,
  partitions: readonly NumberedPartition[],
): Promise<HeldPartition[]> {
  const { runId, workflowId, namespace } = run;
  const { rows } = await sql<{ no: number; epoch: number }>`
    with taken as (
      insert into coppice.partition_locks (key, collection, partition, epoch, run_id, workflow_id, namespace)
      select k.key, k.collection, k.partition, 1, ${runId}, ${workflowId}, ${namespace}
      from ${asTable(partitions)} order by k.key
      on conflict (key) do update set epoch = partition_locks.epoch + 1, run_id = excluded.run_id,
        workflow_id = excluded.workflow_id, namespace = excluded.namespace, updated_at = now()
      where partition_locks.run_id is null or partition_locks.run_id = ${runId}
      returning key, epoch
    ),
    begun as (
      update coppice.run_partitions p
      set crashes = p.crashes + case when p.state = 'working' then 1 else 0 end, state = 'working',
        started_at = coalesce(p.started_at, now())
      from ${asTable(partitions)} join taken t on t.key = k.key
      where p.run_no = ${runNo} and p.no = k.no and p.state in ('waiting', 'working')
      returning p.no, t.epoch
    )
    select no, epoch from begun`.execute(tx);
  const epochs = new Map(rows.map((row) => [row.no, row.epoch]));
  return partitions.flatMap((one) => {
    const epoch = epochs.get(one.no);
    return epoch === undefined ? [] : [{ ...one, epoch }];
  });
}

/** Whether the run has its lease and every one of the partitions in its epoch; all rows stay locked as in `checkFence`. */
export async function checkFences(
  tx: Tx,
  lease: { readonly name: string; readonly generation: number },
  runId: string,
  held: readonly HeldPartition[],
): Promise<{ lease: boolean; partitions: boolean }> {
  const { rows } = await sql<{ lease: boolean; partitions: number }>`
    with lease as materialized (
      select name from coppice.leases
      where name = ${lease.name} and run_id = ${runId} and generation = ${lease.generation} for share
    ),
    locks as materialized (
      select l.key from coppice.partition_locks l
        join unnest(${held.map(keyOf)}::text[], ${held.map((one) => one.epoch)}::int8[]) k(key, epoch)
          on k.key = l.key and k.epoch = l.epoch
      where l.run_id = ${runId} order by l.key for update of l
    )
    select exists (select from lease) as lease, (select count(*) from locks)::int8 as partitions`.execute(tx);
  return { lease: rows[0]?.lease === true, partitions: rows[0]?.partitions === held.length };
}

export interface Outcome {
  readonly no: number;
  readonly totals: Totals;
  readonly removed: number;
}

/** All of them are finished: counts, states, locks, and the dead letters of `job` about them. */
export async function closePartitions(
  tx: Tx,
  at: { readonly runNo: number; readonly runId: string; readonly job: string },
  held: readonly HeldPartition[],
  outcomes: readonly Outcome[],
): Promise<void> {
  const keys = held.map(keyOf);
  await sql`
    with done as (
      update coppice.run_partitions p
      set state = 'done', finished_at = now(), totals = o.totals, removed = o.removed, progress = p.progress + 1
      from jsonb_to_recordset(${JSON.stringify(outcomes)}::jsonb) as o (no integer, totals jsonb, removed bigint)
      where p.run_no = ${at.runNo} and p.no = o.no
    ),
    settled as (
      delete from coppice.dead_letters where job = ${at.job} and key = any(${keys}::text[])
    )
    update coppice.partition_locks set run_id = null, workflow_id = null, namespace = null, updated_at = now()
    where key = any(${keys}::text[]) and run_id = ${at.runId}`.execute(tx);
}

/** What was begun together and did not come to anything: each may be begun again, and that is no crash. */
export async function pausePartitions(tx: Db, runNo: number, partitions: readonly NumberedPartition[]): Promise<void> {
  await sql`update coppice.run_partitions set state = 'waiting'
    where run_no = ${runNo} and state = 'working' and no = any(${partitions.map((one) => one.no)}::int[])`.execute(tx);
}

function asTable(partitions: readonly NumberedPartition[]) {
  return sql`unnest(${partitions.map((one) => one.no)}::int[], ${partitions.map(keyOf)}::text[],
    ${partitions.map((one) => one.collection)}::text[], ${partitions.map((one) => one.partition)}::text[])
    k(no, key, collection, partition)`;
}

function keyOf({ collection, partition }: PartitionName): string {
  return partitionKey(collection, partition);
}
