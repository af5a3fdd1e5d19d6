import { sql } from 'kysely';
import type { Db, Tx } from '../../database/schema.ts';
import type { GraphImage, GraphItem } from '../../domain/graph-item.ts';
import { arrayOfTexts, withContent } from '../../domain/json-text.ts';
import type { LedgerAddress } from '../../domain/ledger-address.ts';
import type { ItemsOfRun } from './graph-items.ts';

/** Images of items of a graph: those that were removed, and before that, in another store, those that are about to be. */
export async function recordItems(
  tx: Tx,
  { runNo, graph }: ItemsOfRun,
  images: readonly (GraphImage & { readonly partNo: number })[],
  state: 'intent' | null,
): Promise<void> {
  if (images.length === 0) return;
  const given = images.map(({ partNo, kind, id, dates, content }) => withContent({ partNo, kind, id, dates }, content));
  await sql`insert into coppice.ledger_graph (run_no, day, graph, part_no, kind, item_id, content, dates, state)
    select ${runNo}, current_date, ${graph}, i."partNo", i.kind, i.id, i.content, i.dates, ${state}
    from jsonb_to_recordset(${arrayOfTexts(given)}::jsonb)
      as i ("partNo" integer, kind text, id text, content jsonb, dates text)`.execute(tx);
}

function items(given: readonly GraphItem[]) {
  return sql`(l.kind, l.item_id) in (select * from unnest(
    ${given.map((one) => one.kind)}::text[], ${given.map((one) => one.id)}::text[]))`;
}

/** Kinds of entries that are no images of items: they are finished and undone by what wrote them. */
const recordKinds = ['merge', 'validity', 'archived'];

/** Items that were about to be removed when somebody stopped. */
export async function pendingItems(db: Db, at: LedgerAddress, limit: number): Promise<GraphImage[]> {
  const { rows } =
    await sql<GraphImage>`select l.kind, l.item_id as id, l.content::text as content, l.dates from coppice.ledger_graph l
    where l.run_no = ${at.runNo} and l.part_no = ${at.partNo} and l.state = 'intent' and l.kind <> all(${recordKinds}::text[]) limit ${limit}`.execute(
      db,
    );
  return rows;
}

/** Where other runs left some, a page of at most a thousand. */
export async function abandonedItems(db: Db, graph: string, exceptRunNo: number): Promise<LedgerAddress[]> {
  const { rows } = await sql<LedgerAddress>`
    select distinct l.run_no as "runNo", l.part_no as "partNo" from coppice.ledger_graph l
    where l.state = 'intent' and l.graph = ${graph} and l.run_no <> ${exceptRunNo} limit 1000`.execute(db);
  return rows;
}

/** Those that have gone: they stay in the ledger as removed, or leave it where nothing is kept. */
export async function settleItems(tx: Tx, at: LedgerAddress, gone: readonly GraphItem[], keep: boolean): Promise<void> {
  if (!keep) return dropLedgerItems(tx, at, gone);
  if (gone.length === 0) return;
  await sql`update coppice.ledger_graph l set state = null
    where l.run_no = ${at.runNo} and l.part_no = ${at.partNo} and l.state = 'intent' and ${items(gone)}`.execute(tx);
}

export async function dropLedgerItems(tx: Tx, at: LedgerAddress, given: readonly GraphItem[]): Promise<void> {
  if (given.length === 0) return;
  await sql`delete from coppice.ledger_graph l
    where l.run_no = ${at.runNo} and l.part_no = ${at.partNo} and ${items(given)}`.execute(tx);
}

/** Returns the items that this undo has not tried yet, ends before the edges that join them. */
export async function nextRestoredItems(
  db: Db,
  at: LedgerAddress,
  undoRunNo: number,
  limit: number,
): Promise<GraphImage[]> {
  const { rows } =
    await sql<GraphImage>`select l.kind, l.item_id as id, l.content::text as content, l.dates from coppice.ledger_graph l
    where l.run_no = ${at.runNo} and l.part_no = ${at.partNo} and l.state is null and l.refused is distinct from ${undoRunNo}
      and l.kind <> all(${recordKinds}::text[])
    order by array_position(array['entity', 'mention', 'relation', 'vector'], l.kind), l.item_id limit ${limit}`.execute(
      db,
    );
  return rows;
}

/** Marked so, an item is not tried again by this undo; another undo tries it again. */
export async function refuseItems(
  tx: Tx,
  at: LedgerAddress,
  undoRunNo: number,
  refused: readonly GraphItem[],
): Promise<void> {
  if (refused.length === 0) return;
  await sql`update coppice.ledger_graph l set refused = ${undoRunNo}
    where l.run_no = ${at.runNo} and l.part_no = ${at.partNo} and ${items(refused)}`.execute(tx);
}
