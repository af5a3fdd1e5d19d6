import { sql } from 'kysely';
import type { Db, Tx } from '../../database/schema.ts';
import { boundedTransaction } from '../../database/transaction.ts';
import type { RunIdentity } from '../../domain/run-identity.ts';
import { hasEnded } from '../runs/runs.ts';

export interface Lease {
  readonly name: string;
  /** Rises with every take-over; a batch of an older one cannot commit. */
  readonly generation: number;
  readonly holder: RunIdentity | null;
  readonly acquiredAt: Date | null;
}

export async function readLease(db: Db, name: string): Promise<Lease | null> {
  const row = await db.selectFrom('coppice.leases').selectAll().where('name', '=', name).executeTakeFirst();
  return row === undefined ? null : toLease(row);
}

export async function listLeases(db: Db): Promise<Lease[]> {
  const rows = await db
    .selectFrom('coppice.leases')
    .selectAll()
    .where('run_id', 'is not', null)
    .orderBy('name')
    .execute();
  return rows.map(toLease);
}

type LeaseRow = {
  name: string;
  generation: number;
  run_id: string | null;
  workflow_id: string | null;
  namespace: string | null;
  acquired_at: Date | null;
};

function toLease(row: LeaseRow): Lease {
  const { run_id: runId, workflow_id: workflowId, namespace } = row;
  const held = runId !== null && workflowId !== null && namespace !== null;
  return {
    name: row.name,
    generation: row.generation,
    holder: held ? { runId, workflowId, namespace } : null,
    acquiredAt: row.acquired_at,
  };
}

/**
 * Takes the lease if it is free or held by the same run. Returns the lease as it then stands: the caller has it if it
 * names the caller. A holder whose run has ended is released first, by who finds that out. A run that has ended takes none:
 * a worker that was frozen as it began may come to it long after another has ended the run.
 */
export async function takeLease(db: Db, name: string, run: RunIdentity): Promise<Lease> {
  return boundedTransaction(db, async (tx) => {
    await tx
      .insertInto('coppice.leases')
      .values({ name, generation: 0, run_id: null, workflow_id: null, namespace: null, acquired_at: null })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const row = await tx
      .selectFrom('coppice.leases')
      .selectAll()
      .where('name', '=', name)
      .forUpdate()
      .executeTakeFirstOrThrow();
    const lease = toLease(row);
    const { holder } = lease;
    if (holder !== null || (await hasEnded(tx, run.runId))) return lease;
    const taken = await tx
      .updateTable('coppice.leases')
      .set({
        generation: lease.generation + 1,
        run_id: run.runId,
        workflow_id: run.workflowId,
        namespace: run.namespace,
        acquired_at: sql<Date>`now()`,
      })
      .where('name', '=', name)
      .returningAll()
      .executeTakeFirstOrThrow();
    return toLease(taken);
  });
}

/** Compare and delete: only the holder's own lease is released. Returns whether it was. */
export async function releaseLease(db: Db, name: string, runId: string): Promise<boolean> {
  const result = await db
    .updateTable('coppice.leases')
    .set({ run_id: null, workflow_id: null, namespace: null, acquired_at: null })
    .where('name', '=', name)
    .where('run_id', '=', runId)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Takes every lease from a run that has ended; waits for a batch that is just being committed under it. */
export async function releaseLeasesOf(db: Db, runId: string): Promise<void> {
  await db
    .updateTable('coppice.leases')
    .set({ run_id: null, workflow_id: null, namespace: null, acquired_at: null })
    .where('run_id', '=', runId)
    .execute();
}

/**
 * Whether the run still has the lease in this generation. The row stays locked against a take-over until the
 * transaction ends, so that what is committed under it was committed before any successor began.
 */
export async function holdsLease(tx: Tx, name: string, runId: string, generation: number): Promise<boolean> {
  const row = await tx
    .selectFrom('coppice.leases')
    .select('generation')
    .where('name', '=', name)
    .where('run_id', '=', runId)
    .where('generation', '=', generation)
    .forShare()
    .executeTakeFirst();
  return row !== undefined;
}
