import { sql } from 'kysely';
import type { Db, Tx } from '../../database/schema.ts';
import type { GraphItemKind } from '../../domain/collectors.ts';

/** Restored items are on hold until their own dates change. */
export async function holdItems(
  tx: Tx,
  graph: string,
  group: string,
  restored: readonly ItemHold[],
  undoRunId: string,
): Promise<void> {
  if (restored.length === 0) return;
  const rows = restored.map((one) => ({ row_id: holdId(group, one), dates: one.dates }));
  await sql`insert into coppice.holds (collection, row_id, partition, dates, run_id)
    select ${graph}, h.row_id, ${group}, h.dates, ${undoRunId}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as h (row_id text, dates text)
    on conflict (collection, row_id) do update
      set dates = excluded.dates, run_id = excluded.run_id, created_at = now()`.execute(tx);
}

/** Ids are unique within a group and a kind only. */
function holdId(group: string, { kind, id }: Pick<ItemHold, 'kind' | 'id'>): string {
  return JSON.stringify([group, kind, id]);
}

/** Facts whose validity an undo took back are on hold by their dates of validity, whatever else holds them. */
type HeldKind = GraphItemKind | 'validity';

export interface ItemHold {
  readonly kind: HeldKind;
  readonly id: string;
  readonly dates: string;
}

/** One item of a graph that is on hold, and since when: an undo that holds it anew makes another of it. */
export interface GraphHold extends Pick<ItemHold, 'kind' | 'id'> {
  readonly group: string;
  readonly rowId: string;
  readonly heldSince: Date;
}

/** A page of a graph's holds, in the order of their ids. */
export async function pageOfItemHolds(
  db: Db,
  graph: string,
  after: string | null,
  limit: number,
): Promise<GraphHold[]> {
  const { rows } = await sql<{ rowId: string; heldSince: Date; group: string; kind: HeldKind; id: string }>`
    select row_id as "rowId", created_at as "heldSince", row_id::jsonb ->> 0 as "group", row_id::jsonb ->> 1 as kind,
      row_id::jsonb ->> 2 as id
    from coppice.holds where collection = ${graph} and (${after}::text is null or row_id > ${after}::text)
    order by row_id limit ${limit}`.execute(db);
  return rows;
}

/** Lifts these as they were read. Returns how many it was. */
export async function liftItemHolds(tx: Tx, graph: string, holds: readonly GraphHold[]): Promise<number> {
  if (holds.length === 0) return 0;
  const given = holds.map(({ rowId, heldSince }) => ({ row_id: rowId, held_since: heldSince }));
  const { numAffectedRows = 0n } = await sql`delete from coppice.holds h
    using jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as g (row_id text, held_since timestamptz)
    where h.collection = ${graph} and h.row_id = g.row_id
      and date_trunc('milliseconds', h.created_at) = g.held_since`.execute(tx);
  return Number(numAffectedRows);
}

/** Those of the items that a hold exempts. */
export async function heldItems(
  db: Db,
  graph: string,
  given: readonly (ItemHold & { readonly group: string })[],
): Promise<Set<number>> {
  if (given.length === 0) return new Set();
  const rows = given.map((one, at) => ({ at, row_id: holdId(one.group, one), dates: one.dates }));
  const { rows: held } = await sql<{ at: number }>`
    select g.at from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as g (at int, row_id text, dates text)
      join coppice.holds h on h.collection = ${graph} and h.row_id = g.row_id and h.dates = g.dates`.execute(db);
  return new Set(held.map((row) => row.at));
}
