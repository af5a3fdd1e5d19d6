import { sql } from 'kysely';
import type { Db, Tx } from '../../database/schema.ts';
import type { GraphItemKind } from '../../domain/collectors.ts';
import type { DueWork, GraphWorkKind } from '../../domain/graph-item.ts';

/** The items of a run on a graph: those that its survey found due, in a table of the run's own, as documents have theirs. */
function tableOf({ runNo, graph }: ItemsOfRun) {
  return sql.id('coppice', `items_${runNo}_${graph}`);
}

export interface ItemsOfRun {
  readonly runNo: number;
  readonly graph: string;
}

export interface OrderedItems<Kind extends GraphWorkKind = GraphWorkKind> extends ItemsOfRun {
  /** Kinds of items in the order in which a group's are worked on. */
  readonly order: readonly Kind[];
}

/** Where the kind comes in the order, as the table's index has it. */
function rankOf({ order }: OrderedItems) {
  return sql`array_position(array[${sql.join(order.map((kind) => sql.lit(kind)))}]::text[], kind)`;
}

/** Empty, also where an earlier try of the survey has left some. */
export async function createGraphItems(db: Db, runNo: number, graph: string): Promise<void> {
  const table = tableOf({ runNo, graph });
  await sql`drop table if exists ${table}`.execute(db);
  await sql`create table ${table} (
    place bigint generated always as identity, part integer, grp text not null, kind text not null, id text not null
  )`.execute(db);
}

export async function addGraphItems(db: Db, runNo: number, graph: string, items: readonly DueWork[]): Promise<void> {
  if (items.length === 0) return;
  const rows = items.map(({ group, kind, id }) => ({ grp: group, kind, id }));
  await sql`insert into ${tableOf({ runNo, graph })} (grp, kind, id)
    select i.* from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as i (grp text, kind text, id text)`.execute(db);
}

/** Gives the items their partitions' numbers; those of a partition that the run does not work on are deleted. */
export async function numberGraphItems(tx: Tx, at: OrderedItems): Promise<void> {
  const table = tableOf(at);
  await sql`update ${table} i set part = p.no from coppice.run_partitions p
    where p.run_no = ${at.runNo} and p.collection = ${at.graph} and p.partition = i.grp`.execute(tx);
  await sql`delete from ${table} where part is null`.execute(tx);
  await sql`create index on ${table} (part, (${rankOf(at)}), place)`.execute(tx);
  await sql`analyze ${table}`.execute(tx);
}

export interface ItemOfPart<Kind extends GraphWorkKind = GraphItemKind> {
  readonly partNo: number;
  readonly kind: Kind;
  readonly id: string;
  /** Where it is in the order of its partition: the meaning of `after`. */
  readonly place: string;
}

function placeOf(after: string | null): { rank: number; place: number } {
  const [rank = 0, place = 0] = after === null ? [] : after.split(':').map(Number);
  return { rank, place };
}

/** Items of each partition that follow `after`, at most `limit` of each (`null`: all), by kind. */
export async function nextGraphItems<Kind extends GraphWorkKind>(
  db: Db,
  at: OrderedItems<Kind>,
  parts: readonly { readonly no: number; readonly after: string | null }[],
  limit: number | null,
): Promise<ItemOfPart<Kind>[]> {
  const rows = parts.map(({ no, after }) => ({ no, ...placeOf(after) }));
  const { rows: items } = await sql<ItemOfPart<Kind>>`
    select p.no as "partNo", i.kind, i.id, i.rank || ':' || i.place as place
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as p (no integer, rank integer, place bigint)
      cross join lateral (
        select kind, id, ${rankOf(at)} as rank, place from ${tableOf(at)}
        where part = p.no and (${rankOf(at)}, place) > (p.rank, p.place)
        order by ${rankOf(at)}, place limit ${limit}
      ) i
    order by i.rank, p.no, i.place`.execute(db);
  return items;
}

export async function graphItemsBeyond(tx: Tx, graph: string, runNo: number, approvedRunNo: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int8 as count from ${tableOf({ runNo, graph })} i
    where not exists (select from ${tableOf({ runNo: approvedRunNo, graph })} a
      where a.grp = i.grp and a.kind = i.kind and a.id = i.id)`.execute(tx);
  return rows[0]?.count ?? 0;
}

/** Returns the items of these groups that the survey of another run found due. */
export async function graphItemsOf(
  db: Db,
  { runNo, graph }: ItemsOfRun,
  groups: readonly string[],
): Promise<{ readonly group: string; readonly kind: GraphWorkKind; readonly id: string }[]> {
  const { rows } = await sql<{ group: string; kind: GraphWorkKind; id: string }>`
    select grp as "group", kind, id from ${tableOf({ runNo, graph })} where grp = any(${[...groups]}::text[])
    order by place`.execute(db);
  return rows;
}
