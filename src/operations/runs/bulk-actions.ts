import { setImmediate } from 'node:timers/promises';
import { isLimited } from '../../domain/access.ts';
import type { BulkActionName } from '../../domain/bulk-actions.ts';
import {
  addBulkAction,
  type BulkAction,
  type BulkFailure,
  findBulkAction,
  finishBulkAction,
  listBulkActions as read,
  recordBulkStep,
} from '../../state/runs/bulk-actions.ts';
import { type Context, type DatabaseContext, installationOf } from '../context.ts';
import { OperationError } from '../errors.ts';
import { dropDeadLetter, retryDeadLetter } from './dead-letters.ts';
import { checkedReason } from './reason.ts';
import { changePaused } from './schedules.ts';

export interface BulkActionJson {
  readonly id: string;
  readonly action: BulkActionName;
  /** `interrupted`: the server that worked on it has stopped; what is left can be asked for again. */
  readonly state: 'running' | 'finished' | 'interrupted';
  readonly total: number;
  /** Ids that were handled, those that failed included. */
  readonly done: number;
  readonly failed: readonly BulkFailure[];
  /** Ids that were not handled yet. */
  readonly left: readonly string[];
  readonly requested_by: string;
  readonly reason: string | null;
  readonly started_at: string;
  readonly finished_at: string | null;
}

export interface BulkRequest {
  readonly action: BulkActionName;
  readonly ids: readonly string[];
  readonly reason: string | null;
}

type Step = (context: Context, id: string, reason: string | null) => Promise<unknown>;

const steps: Readonly<Record<BulkActionName, Step>> = {
  retry_dead_letters: retryDeadLetter,
  drop_dead_letters: dropDeadLetter,
  pause_schedules: (context, id, reason) => changePaused(context, [id], true, reason),
  resume_schedules: (context, id, reason) => changePaused(context, [id], false, reason),
};

/**
 * Begins one action on many dead letters or schedules and returns it at once; this process works on it until `stop` aborts. An
 * id that fails does not stop the others.
 */
export async function startBulkAction(
  context: Context,
  { action, ids, reason: given }: BulkRequest,
  stop: AbortSignal,
): Promise<BulkActionJson> {
  await installationOf(context);
  const { db } = context.parts;
  const reason = checkedReason(given);
  const asked = { action, ids: [...new Set(ids)], reason, requested_by: context.requestedBy };
  const added = await addBulkAction(db, asked);
  // An error of the database leaves the action as it is; it is reported as interrupted.
  void work(context, added, stop).catch(() => {});
  return toJson(added);
}

async function work(context: Context, { id, action, ids, reason }: BulkAction, stop: AbortSignal): Promise<void> {
  const { db } = context.parts;
  for (const one of ids) {
    if (stop.aborted) return;
    const failure = await steps[action](context, one, reason).then(
      () => null,
      (error: unknown): BulkFailure => ({ id: one, message: messageOf(error) }),
    );
    await recordBulkStep(db, id, failure);
    // Requests are served between two steps, also where each ends at once.
    await setImmediate();
  }
  await finishBulkAction(db, id);
}

/** The messages of other errors can hold text of a store. */
function messageOf(error: unknown): string {
  return error instanceof OperationError ? error.message : 'it failed; ask for this one alone to learn the reason';
}

/** One action in its present state. A token that is limited to some partitions sees its own. */
export async function showBulkAction(context: DatabaseContext, id: string): Promise<BulkActionJson> {
  await installationOf(context);
  const found = await findBulkAction(context.parts.db, id);
  if (found !== null && (!isLimited(context.view) || found.requested_by === context.requestedBy)) return toJson(found);
  throw new OperationError('missing', 'UnknownBulkActionError', `there is no bulk action '${id}'`);
}

const listed = 50;

/** The latest actions; of a token that is limited to some partitions, its own. */
export async function listBulkActions(context: DatabaseContext): Promise<BulkActionJson[]> {
  await installationOf(context);
  const only = isLimited(context.view) ? context.requestedBy : null;
  return (await read(context.parts.db, only, listed)).map(toJson);
}

function toJson(found: BulkAction): BulkActionJson {
  const { id, action, ids, done, failed, requested_by, reason } = found;
  return {
    ...{ id, action, done, failed, requested_by, reason },
    state: found.finished_at !== null ? 'finished' : found.is_interrupted ? 'interrupted' : 'running',
    total: ids.length,
    left: ids.slice(done),
    started_at: found.started_at.toISOString(),
    finished_at: found.finished_at?.toISOString() ?? null,
  };
}
