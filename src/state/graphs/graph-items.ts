import { sql } from 'kysely';
import type { Db, Tx } from '../../database/schema.ts';
import type { StaleItem } from '../../domain/graph-item.ts';

/**
 * The items of a run on a graph: what its survey found due, in a table of the run's own, as documents have theirs. Their
 * order is that of the collectors: relations and mentions, then entities, then vectors.
 */
function tableOf(runNo: number, graph: string) {
  return sql.id('coppice', `items_${runNo}_${graph}`);
}

const order = sql`array['relation', 'mention', 'entity', 'vector']`;

/** Empty, also where an earlier try of the survey has left some. */
export async function createGraphItems(db: Db, runNo: number, graph: string): Promise<void> {
  const table = tableOf(runNo, graph);
  await sql`drop table if exists ${table}`.execute(db);
  await sql`create table ${table} (
    place bigint generated always as identity, part integer, grp text not null, kind text not null, id text not null
  )`.execute(db);
}

export async function addGraphItems(db: Db, runNo: number, graph: string, items: readonly StaleItem[]): Promise<void> {
  if (items.length === 0) return;
  const rows = items.map(({ group, kind, id }) => ({ grp: group, kind, id }));
  await sql`insert into ${tableOf(runNo, graph)} (grp, kind, id)
    select i.* from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as i (grp text, kind text, id text)`.execute(db);
}

/** Gives the items their partitions' numbers; what belongs to a partition that the run does not touch goes. */
export async function numberGraphItems(tx: Tx, runNo: number, graph: string): Promise<void> {
  const table = tableOf(runNo, graph);
  await sql`update ${table} i set part = p.no from coppice.run_partitions p
    where p.run_no = ${runNo} and p.collection = ${graph} and p.partition = i.grp`.execute(tx);
  await sql`delete from ${table} where part is null`.execute(tx);
  await sql`create index on ${table} (part, array_position(${order}, kind), place)`.execute(tx);
  await sql`analyze ${table}`.execute(tx);
}

export interface PlacedItem {
  readonly kind: StaleItem['kind'];
  readonly id: string;
  /** Where it stands: what `after` means. */
  readonly place: string;
}

function placeOf(after: string | null): { rank: number; place: number } {
  const [rank = 0, place = 0] = after === null ? [] : after.split(':').map(Number);
  return { rank, place };
}

/** Items that follow where the batch before ended, in the order of the collectors. */
export async function nextGraphItems(
  db: Db,
  at: { readonly runNo: number; readonly partNo: number },
  graph: string,
  after: string | null,
  limit: number,
): Promise<PlacedItem[]> {
  const { rank, place } = placeOf(after);
  const { rows } = await sql<PlacedItem>`
    select i.kind, i.id, array_position(${order}, i.kind) || ':' || i.place as place
    from ${tableOf(at.runNo, graph)} i
    where i.part = ${at.partNo} and (array_position(${order}, i.kind), i.place) > (${rank}, ${place})
    order by array_position(${order}, i.kind), i.place limit ${limit}`.execute(db);
  return rows;
}

export interface ItemOfPart extends PlacedItem {
  readonly partNo: number;
}

/** All that follows in several partitions, in the order of the collectors. */
export async function graphItemsOfParts(
  db: Db,
  runNo: number,
  graph: string,
  parts: readonly { readonly no: number; readonly after: string | null }[],
): Promise<ItemOfPart[]> {
  const rows = parts.map(({ no, after }) => ({ no, ...placeOf(after) }));
  const { rows: items } = await sql<ItemOfPart>`
    select i.part as "partNo", i.kind, i.id, array_position(${order}, i.kind) || ':' || i.place as place
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as p (no integer, rank integer, place bigint)
      join ${tableOf(runNo, graph)} i on i.part = p.no and (array_position(${order}, i.kind), i.place) > (p.rank, p.place)
    order by array_position(${order}, i.kind), i.part, i.place`.execute(db);
  return items;
}

export async function graphItemsBeyond(tx: Tx, graph: string, runNo: number, approvedRunNo: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int8 as count from ${tableOf(runNo, graph)} i
    where not exists (select from ${tableOf(approvedRunNo, graph)} a
      where a.grp = i.grp and a.kind = i.kind and a.id = i.id)`.execute(tx);
  return rows[0]?.count ?? 0;
}
