import { type Selectable, sql } from 'kysely';
import type { Db, HoldsTable } from '../../database/schema.ts';
import { isSeen, type Seen } from '../runs/seen.ts';

export type Hold = Selectable<HoldsTable>;

export interface HoldFilter {
  readonly collection: string | null;
  readonly partition: string | null;
  readonly rowId: string | null;
  /** The undo that set it. */
  readonly runId: string | null;
}

export function listHolds(db: Db, filter: HoldFilter, limit: number, seen: Seen = null): Promise<Hold[]> {
  let query = db.selectFrom('coppice.holds').selectAll().orderBy('created_at', 'desc').orderBy('row_id').limit(limit);
  for (const [column, value] of columnsOf(filter)) query = query.where(column, '=', value);
  if (seen !== null) query = query.where(isSeen(seen, sql`collection`, sql`partition`));
  return query.execute();
}

/** Lifts the holds that match. An empty filter is an error of the caller, never "all". */
export async function liftHolds(db: Db, filter: HoldFilter, seen: Seen = null): Promise<number> {
  const columns = columnsOf(filter);
  if (columns.length === 0) throw new Error('lifting holds needs a filter');
  let query = db.deleteFrom('coppice.holds');
  for (const [column, value] of columns) query = query.where(column, '=', value);
  if (seen !== null) query = query.where(isSeen(seen, sql`collection`, sql`partition`));
  return Number((await query.executeTakeFirst()).numDeletedRows);
}

function columnsOf(filter: HoldFilter) {
  const all = [
    ['collection', filter.collection],
    ['partition', filter.partition],
    ['row_id', filter.rowId],
    ['run_id', filter.runId],
  ] as const;
  return all.flatMap(([column, value]) => (value === null ? [] : [[column, value] as const]));
}
