import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Db } from '../../database/schema.ts';
import type { BulkActionName } from '../../domain/bulk-actions.ts';

export interface BulkFailure {
  readonly id: string;
  readonly message: string;
}

export interface BulkAction {
  readonly id: string;
  readonly action: BulkActionName;
  readonly ids: readonly string[];
  readonly requested_by: string;
  readonly reason: string | null;
  /** How many of the ids were handled, in their order, those that failed included. */
  readonly done: number;
  readonly failed: readonly BulkFailure[];
  readonly started_at: Date;
  readonly finished_at: Date | null;
  /** Whether nobody has worked on it for so long that nobody will. */
  readonly is_interrupted: boolean;
}

/** A server that works on an action writes after each id, and each takes much less than this. */
const longestStepSeconds = 60;
const columns = sql.raw(`id, action, ids, requested_by, reason, done, failed, started_at, finished_at,
  finished_at is null and worked_at < now() - interval '${longestStepSeconds} seconds' as is_interrupted`);

export async function addBulkAction(
  db: Db,
  asked: Pick<BulkAction, 'action' | 'ids' | 'requested_by' | 'reason'>,
): Promise<BulkAction> {
  const { rows } = await sql<BulkAction>`
    insert into coppice.bulk_actions (id, action, ids, requested_by, reason)
    values (${randomUUID()}, ${asked.action}, ${asked.ids}::text[], ${asked.requested_by}, ${asked.reason})
    returning ${columns}`.execute(db);
  const [added] = rows;
  if (added === undefined) throw new Error('a row that was inserted was not returned');
  return added;
}

/** Records one more id as handled. */
export async function recordBulkStep(db: Db, id: string, failure: BulkFailure | null): Promise<void> {
  await sql`update coppice.bulk_actions set done = done + 1, worked_at = now(),
    failed = failed || ${JSON.stringify(failure === null ? [] : [failure])}::jsonb where id = ${id}`.execute(db);
}

export async function finishBulkAction(db: Db, id: string): Promise<void> {
  await sql`update coppice.bulk_actions set finished_at = now() where id = ${id}`.execute(db);
}

export async function findBulkAction(db: Db, id: string): Promise<BulkAction | null> {
  const { rows } = await sql<BulkAction>`select ${columns} from coppice.bulk_actions where id = ${id}`.execute(db);
  return rows[0] ?? null;
}

/** The latest first. `requestedBy`: `null` for all. */
export async function listBulkActions(db: Db, requestedBy: string | null, limit: number): Promise<BulkAction[]> {
  const { rows } = await sql<BulkAction>`select ${columns} from coppice.bulk_actions
    where ${requestedBy === null ? sql`true` : sql`requested_by = ${requestedBy}`}
    order by started_at desc, id limit ${limit}`.execute(db);
  return rows;
}
