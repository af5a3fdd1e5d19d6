import { sql } from 'kysely';
import { partitionKey } from './key.ts';
import type { RunIdentity } from './leases.ts';
import type { Tx } from './schema.ts';

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
  const key = partitionKey(name.collection, name.partition);
  await tx
    .insertInto('coppice.partition_locks')
    .values({
      key,
      collection: name.collection,
      partition: name.partition,
      epoch: 0,
      run_id: null,
      workflow_id: null,
      namespace: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const row = await tx
    .selectFrom('coppice.partition_locks')
    .select(['epoch', 'run_id', 'workflow_id', 'namespace'])
    .where('key', '=', key)
    .forUpdate()
    .executeTakeFirstOrThrow();
  const { run_id: runId, workflow_id: workflowId, namespace } = row;
  if (runId !== null && workflowId !== null && namespace !== null && runId !== run.runId && runId !== over?.runId) {
    return { taken: false, holder: { runId, workflowId, namespace } };
  }
  const epoch = row.epoch + 1;
  await tx
    .updateTable('coppice.partition_locks')
    .set({
      epoch,
      run_id: run.runId,
      workflow_id: run.workflowId,
      namespace: run.namespace,
      updated_at: sql<Date>`now()`,
    })
    .where('key', '=', key)
    .execute();
  return { taken: true, epoch };
}

/** Whether this epoch is still the partition's newest; the row stays locked until the transaction ends. */
export async function holdsPartition(tx: Tx, name: PartitionName, runId: string, epoch: number): Promise<boolean> {
  const row = await tx
    .selectFrom('coppice.partition_locks')
    .select('epoch')
    .where('key', '=', partitionKey(name.collection, name.partition))
    .where('run_id', '=', runId)
    .where('epoch', '=', epoch)
    .forUpdate()
    .executeTakeFirst();
  return row !== undefined;
}

/** Lets go of the partition; the epoch stays, so that older writers stay fenced off. */
export async function releasePartition(tx: Tx, name: PartitionName, runId: string, epoch: number): Promise<void> {
  await tx
    .updateTable('coppice.partition_locks')
    .set({ run_id: null, workflow_id: null, namespace: null, updated_at: sql<Date>`now()` })
    .where('key', '=', partitionKey(name.collection, name.partition))
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
