import { sql } from 'kysely';
import type { Tx } from '../../database/schema.ts';
import type { RunIdentity } from '../../domain/run-identity.ts';
import { partitionKey } from './key.ts';

/** Names a partition across all jobs. */
export interface PartitionName {
  readonly collection: string;
  readonly partition: string;
}

export type LockAttempt =
  | { readonly taken: true; readonly epoch: number }
  /** Another run holds it; whether that run still lives is for the caller to find out. */
  | { readonly taken: false; readonly holder: RunIdentity };

/**
 * Takes the partition's lock and draws the next epoch. A lock of the same run is taken over (its activity vanished or is
 * being replaced), one of another run only when the caller names it as closed. Every older epoch is fenced off from here.
 */
export async function takePartition(
  tx: Tx,
  name: PartitionName,
  run: RunIdentity,
  over: RunIdentity | null,
): Promise<LockAttempt> {
  const [taken] = await takePartitions(tx, [name], run, over);
  return taken === undefined
    ? { taken: false, holder: await holderOf(tx, keyOf(name)) }
    : { taken: true, epoch: taken.epoch };
}

/** As `takePartition`, for many at once. Those that another run holds are not among what it returns. */
export async function takePartitions<T extends PartitionName>(
  tx: Tx,
  partitions: readonly T[],
  run: RunIdentity,
  over: RunIdentity | null,
): Promise<(T & { readonly epoch: number })[]> {
  const { runId, workflowId, namespace } = run;
  const mayTake = [runId, ...(over === null ? [] : [over.runId])];
  // One statement, for a run may have very many partitions. It locks the rows whether or not it changes them.
  const { rows } = await sql<{ key: string; epoch: number }>`
    insert into coppice.partition_locks (key, collection, partition, epoch, run_id, workflow_id, namespace)
    select k.key, k.collection, k.partition, 1, ${runId}, ${workflowId}, ${namespace}
    from unnest(${partitions.map(keyOf)}::text[], ${partitions.map((one) => one.collection)}::text[],
      ${partitions.map((one) => one.partition)}::text[]) k(key, collection, partition) order by k.key
    on conflict (key) do update set epoch = partition_locks.epoch + 1, run_id = excluded.run_id,
      workflow_id = excluded.workflow_id, namespace = excluded.namespace, updated_at = now()
    where partition_locks.run_id is null or partition_locks.run_id = any(${mayTake}::text[])
    returning key, epoch`.execute(tx);
  const epochs = new Map(rows.map((row) => [row.key, row.epoch]));
  return partitions.flatMap((one) => {
    const epoch = epochs.get(keyOf(one));
    return epoch === undefined ? [] : [{ ...one, epoch }];
  });
}

export function keyOf({ collection, partition }: PartitionName): string {
  return partitionKey(collection, partition);
}

/** Returns the run that holds a partition that could not be taken; the partition's row stays locked. */
async function holderOf(tx: Tx, key: string): Promise<RunIdentity> {
  const row = await tx
    .selectFrom('coppice.partition_locks')
    .select(['run_id', 'workflow_id', 'namespace'])
    .where('key', '=', key)
    .executeTakeFirstOrThrow();
  return { runId: row.run_id ?? '', workflowId: row.workflow_id ?? '', namespace: row.namespace ?? '' };
}

/** Lets go of the partition; the epoch stays, so that older writers stay fenced off. */
export async function releasePartition(tx: Tx, name: PartitionName, runId: string, epoch: number): Promise<void> {
  await tx
    .updateTable('coppice.partition_locks')
    .set({ run_id: null, workflow_id: null, namespace: null, updated_at: sql<Date>`now()` })
    .where('key', '=', keyOf(name))
    .where('run_id', '=', runId)
    .where('epoch', '=', epoch)
    .execute();
}

/** Lets go of whatever a run that has ended still holds. */
export async function releasePartitionsOf(tx: Tx, runId: string): Promise<void> {
  await tx
    .updateTable('coppice.partition_locks')
    .set({ run_id: null, workflow_id: null, namespace: null, updated_at: sql<Date>`now()` })
    .where('run_id', '=', runId)
    .execute();
}
