import { sql } from 'kysely';
import { partitionKey } from './key.ts';
import type { PartitionName } from './partition-locks.ts';
import type { Tx } from './schema.ts';

export interface Fence {
  readonly lease: { readonly name: string; readonly generation: number };
  readonly partition: PartitionName;
  readonly runId: string;
  readonly epoch: number;
}

/**
 * Whether the run still has its lease in this generation and the partition in this epoch. Both rows stay locked until
 * the transaction ends, as `holdsLease` does with its one; one statement, since every batch begins with it.
 */
export async function checkFence(tx: Tx, fence: Fence): Promise<{ lease: boolean; partition: boolean }> {
  const { lease, partition, runId, epoch } = fence;
  const { rows } = await sql<{ lease: boolean; partition: boolean }>`
    with lease as materialized (
      select name from coppice.leases
      where name = ${lease.name} and run_id = ${runId} and generation = ${lease.generation} for share
    ),
    lock as materialized (
      select key from coppice.partition_locks
      where key = ${partitionKey(partition.collection, partition.partition)} and run_id = ${runId}
        and epoch = ${epoch} for update
    )
    select exists (select from lease) as lease, exists (select from lock) as partition`.execute(tx);
  return rows[0] ?? { lease: false, partition: false };
}

export interface Closing {
  readonly record: { readonly runNo: number; readonly no: number };
  readonly partition: PartitionName;
  readonly runId: string;
  readonly epoch: number;
  /** The job whose dead letter of this partition is settled; without one none is. */
  readonly settles?: string | null;
}

/** The partition is finished: its state, its lock, its dead letter if it had one. One statement, as above. */
export async function closePartition(tx: Tx, closing: Closing): Promise<void> {
  const { record, partition, runId, epoch, settles = null } = closing;
  const key = partitionKey(partition.collection, partition.partition);
  await sql`
    with done as (
      update coppice.run_partitions set state = 'done', finished_at = now()
      where run_no = ${record.runNo} and no = ${record.no}
    ),
    settled as (
      delete from coppice.dead_letters where job = ${settles}::text and key = ${key}
    )
    update coppice.partition_locks set run_id = null, workflow_id = null, namespace = null, updated_at = now()
    where key = ${key} and run_id = ${runId} and epoch = ${epoch}`.execute(tx);
}
