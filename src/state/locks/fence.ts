import { sql } from 'kysely';
import type { Db, Tx } from '../../database/schema.ts';
import { keyOf, type PartitionName } from './partition-locks.ts';

export interface Lease {
  readonly name: string;
  readonly generation: number;
}

/** A partition in a run's hands, in the epoch drawn for it. */
export interface HeldPartition extends PartitionName {
  /** Its number in the run. */
  readonly no: number;
  readonly epoch: number;
}

/**
 * Whether the run still has its lease in this generation and every one of the partitions in its epoch. All rows stay
 * locked until the transaction ends, as `holdsLease` does with its one; one statement, since every batch begins with it.
 */
export async function checkFences(
  tx: Tx,
  lease: Lease,
  runId: string,
  held: readonly HeldPartition[],
): Promise<{ lease: boolean; partitions: boolean }> {
  const { rows } = await sql<{ lease: boolean; partitions: number }>`
    with lease as materialized (
      select name from coppice.leases
      where name = ${lease.name} and run_id = ${runId} and generation = ${lease.generation} for share
    ),
    locks as materialized (${locksOf(runId, held)})
    select exists (select from lease) as lease, (select count(*) from locks)::int8 as partitions`.execute(tx);
  return { lease: rows[0]?.lease === true, partitions: rows[0]?.partitions === held.length };
}

/** Those locks that are still the run's in the epoch that it was given, locked. */
function locksOf(runId: string, held: readonly HeldPartition[]) {
  return sql`select l.key from coppice.partition_locks l
    join unnest(${held.map(keyOf)}::text[], ${held.map((one) => one.epoch)}::int8[]) k(key, epoch)
      on k.key = l.key and k.epoch = l.epoch
    where l.key = any(${held.map(keyOf)}::text[]) and l.run_id = ${runId} order by l.key for update of l`;
}

export interface Closing {
  readonly runNo: number;
  readonly runId: string;
  /** The job whose dead letters of these partitions are settled; `null`: none. */
  readonly settles: string | null;
}

/** Partitions are finished: their states, their locks, their dead letters if they had any. One statement, as above. */
export async function closePartitions(tx: Tx, closing: Closing, held: readonly HeldPartition[]): Promise<void> {
  const { runNo, runId, settles } = closing;
  const keys = held.map(keyOf);
  await sql`
    with done as (
      update coppice.run_partitions set state = 'done', finished_at = now()
      where run_no = ${runNo} and no = any(${held.map((one) => one.no)}::int[])
    ),
    settled as (
      delete from coppice.dead_letters where job = ${settles}::text and key = any(${keys}::text[])
    )
    update coppice.partition_locks l set run_id = null, workflow_id = null, namespace = null, updated_at = now()
    from unnest(${keys}::text[], ${held.map((one) => one.epoch)}::int8[]) k(key, epoch)
    where l.key = k.key and l.key = any(${keys}::text[]) and l.run_id = ${runId} and l.epoch = k.epoch`.execute(tx);
}

/**
 * Partitions that were begun together and not worked on: each may be begun again, which counts as no crash. A partition
 * that a successor has begun since is left to it.
 */
export async function pausePartitions(
  db: Db,
  { runNo, runId }: { readonly runNo: number; readonly runId: string },
  held: readonly HeldPartition[],
): Promise<void> {
  await sql`
    with locks as materialized (${locksOf(runId, held)})
    update coppice.run_partitions p set state = 'waiting'
    from unnest(${held.map((one) => one.no)}::int[], ${held.map(keyOf)}::text[]) k(no, key) join locks using (key)
    where p.run_no = ${runNo} and p.no = k.no and p.state = 'working'`.execute(db);
}
