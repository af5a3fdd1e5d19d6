import { endingOf } from '../../activities/sweep/closed.ts';
import { type Lease, listLeases, readLease, releaseLease } from '../../state/locks/leases.ts';
import { type DatabaseContext, installationOf } from '../context.ts';
import { OperationError } from '../errors.ts';

export interface LeaseJson {
  readonly name: string;
  readonly generation: number;
  readonly run_id: string | null;
  readonly workflow_id: string | null;
  readonly namespace: string | null;
  readonly acquired_at: string | null;
}

/** Leases that are held now, or the one that is named. */
export async function showLeases(context: DatabaseContext, name: string | null): Promise<LeaseJson[]> {
  await installationOf(context);
  if (name === null) return (await listLeases(context.parts.db)).map(toJson);
  const lease = await readLease(context.parts.db, name);
  return lease === null ? [] : [toJson(lease)];
}

/**
 * Takes the lease from its holder. While the holder's workflow still lives this needs `force`: its next batch then fails,
 * and its run ends as failed.
 */
export async function breakLease(context: DatabaseContext, name: string, force: boolean): Promise<LeaseJson> {
  await installationOf(context);
  const lease = await readLease(context.parts.db, name);
  if (lease?.holder === undefined || lease.holder === null) {
    throw new OperationError('missing', 'LeaseFreeError', `nobody holds the lease '${name}'`);
  }
  const { holder } = lease;
  if (!force && (await endingOf(await context.client(), holder)) === null) {
    const hint = `To stop the run in good order: coppice cancel ${holder.runId}. To take the lease all the same: --force.`;
    throw new OperationError(
      'conflict',
      'LeaseHeldError',
      `run ${holder.runId} holds the lease and may still work`,
      hint,
    );
  }
  await releaseLease(context.parts.db, name, holder.runId);
  return toJson(lease);
}

function toJson({ name, generation, holder, acquiredAt }: Lease): LeaseJson {
  return {
    name,
    generation,
    run_id: holder?.runId ?? null,
    workflow_id: holder?.workflowId ?? null,
    namespace: holder?.namespace ?? null,
    acquired_at: acquiredAt?.toISOString() ?? null,
  };
}
