import { type Selectable, sql } from 'kysely';
import type { Db, HoldsTable } from '../../database/schema.ts';
import { isSeen, type Seen } from '../runs/seen.ts';

export type Hold = Omit<Selectable<HoldsTable>, 'dates'>;

export interface HoldFilter {
  readonly collection: string | null;
  readonly partition: string | null;
  readonly rowId: string | null;
  /** The undo that set it. */
  readonly runId: string | null;
}

/** Holds of every rule: those from the expiry date have a table of their own. */
const tables = ['coppice.holds', 'coppice.rule_holds'] as const;

export async function listHolds(db: Db, filter: HoldFilter, limit: number, seen: Seen = null): Promise<Hold[]> {
  const found: Hold[] = [];
  for (const table of tables) {
    let query = db
      .selectFrom(table)
      .select(['collection', 'row_id', 'partition', 'run_id', 'created_at'])
      .orderBy('created_at', 'desc')
      .orderBy('row_id')
      .limit(limit);
    for (const [column, value] of columnsOf(filter)) query = query.where(column, '=', value);
    if (seen !== null) query = query.where(isSeen(seen, sql`collection`, sql`partition`));
    found.push(...(await query.execute()));
  }
  return found.sort((a, b) => b.created_at.getTime() - a.created_at.getTime()).slice(0, limit);
}

/** Lifts the holds that match. An empty filter is an error of the caller, never "all". */
export async function liftHolds(db: Db, filter: HoldFilter, seen: Seen = null): Promise<number> {
  const columns = columnsOf(filter);
  if (columns.length === 0) throw new Error('lifting holds needs a filter');
  let lifted = 0;
  for (const table of tables) {
    let query = db.deleteFrom(table);
    for (const [column, value] of columns) query = query.where(column, '=', value);
    if (seen !== null) query = query.where(isSeen(seen, sql`collection`, sql`partition`));
    lifted += Number((await query.executeTakeFirst()).numDeletedRows);
  }
  return lifted;
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
