import { type HoldFilter, liftHolds as lift, listHolds as read } from '../../state/ledger/holds.ts';
import { seenByCollection } from '../access/visible.ts';
import { type DatabaseContext, installationOf } from '../context.ts';
import { OperationError } from '../errors.ts';

export type { HoldFilter };

export interface HoldJson {
  readonly collection: string;
  readonly id: string;
  readonly partition: string;
  readonly run_id: string;
  readonly created_at: string;
}

const mostListed = 1000;

/** Restored rows that no run takes again until their dates change, the latest first; at most a thousand. */
export async function listHolds(context: DatabaseContext, filter: HoldFilter): Promise<HoldJson[]> {
  await installationOf(context);
  const holds = await read(context.parts.db, filter, mostListed, seenByCollection(context));
  return holds.map((hold) => ({
    collection: hold.collection,
    id: hold.row_id,
    partition: hold.partition,
    run_id: hold.run_id,
    created_at: hold.created_at.toISOString(),
  }));
}

/** Lifts the holds that match, so that the next run may take those rows. */
export async function liftHolds(context: DatabaseContext, filter: HoldFilter): Promise<{ lifted: number }> {
  await installationOf(context);
  if (Object.values(filter).every((value) => value === null)) {
    const hint = 'Name them: --collection, --partition, --id or --run.';
    throw new OperationError('usage', 'EmptyScopeError', 'which holds? An empty filter never means "all"', hint);
  }
  return { lifted: await lift(context.parts.db, filter, seenByCollection(context)) };
}
