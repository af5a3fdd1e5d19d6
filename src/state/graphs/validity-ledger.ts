import { sql } from 'kysely';
import type { Db, Tx } from '../../database/schema.ts';
import type { RestoredValidity } from '../../domain/facts/restored-validity.ts';
import type { LedgerAddress } from '../../domain/ledger-address.ts';

/** Dates of retirement that runs took from facts, in the ledger of graphs. */

export async function recordValidity(
  tx: Tx,
  { runNo, partNo }: LedgerAddress,
  graph: string,
  changes: readonly RestoredValidity[],
): Promise<void> {
  if (changes.length === 0) return;
  await sql`insert into coppice.ledger_graph (run_no, day, graph, part_no, kind, item_id, content, dates, state)
    select ${runNo}, current_date, ${graph}, ${partNo}, 'validity', c ->> 'id', c, '', 'intent'
    from jsonb_array_elements(${JSON.stringify(changes)}::jsonb) c`.execute(tx);
}

function areThese({ runNo, partNo }: LedgerAddress, ids: readonly string[]) {
  return sql<boolean>`run_no = ${runNo} and part_no = ${partNo} and kind = 'validity'
    and item_id = any(${[...ids]}::text[])`;
}

/** The dates were taken: the record stays for an undo, or is dropped where nothing is kept. */
export async function settleValidity(tx: Tx, at: LedgerAddress, ids: readonly string[], keep: boolean): Promise<void> {
  if (!keep) return dropValidity(tx, at, ids);
  await sql`update coppice.ledger_graph set state = null where ${areThese(at, ids)}`.execute(tx);
}

export async function dropValidity(tx: Tx, at: LedgerAddress, ids: readonly string[]): Promise<void> {
  await sql`delete from coppice.ledger_graph where ${areThese(at, ids)}`.execute(tx);
}

/** Marked so, a fact is not tried again by this undo; another undo tries it again. */
export async function refuseValidity(
  tx: Tx,
  at: LedgerAddress,
  undoRunNo: number,
  ids: readonly string[],
): Promise<void> {
  await sql`update coppice.ledger_graph set refused = ${undoRunNo} where ${areThese(at, ids)}`.execute(tx);
}

/** Changes that had been recorded when somebody stopped. */
export async function pendingValidity(db: Db, at: LedgerAddress, limit: number): Promise<RestoredValidity[]> {
  const { rows } = await sql<{ content: RestoredValidity }>`select content from coppice.ledger_graph
    where run_no = ${at.runNo} and part_no = ${at.partNo} and kind = 'validity' and state = 'intent' limit ${limit}`.execute(
    db,
  );
  return rows.map(({ content }) => content);
}

/** Changes that an undo has not tried yet. */
export async function nextRetired(
  db: Db,
  at: LedgerAddress,
  undoRunNo: number,
  limit: number,
): Promise<RestoredValidity[]> {
  const { rows } = await sql<{ content: RestoredValidity }>`select content from coppice.ledger_graph
    where run_no = ${at.runNo} and part_no = ${at.partNo} and kind = 'validity' and state is null
      and refused is distinct from ${undoRunNo}
    order by item_id limit ${limit}`.execute(db);
  return rows.map(({ content }) => content);
}
