import { sql } from 'kysely';
import type { Db, Tx } from '../../database/schema.ts';
import type { LedgerAddress } from '../../domain/ledger-address.ts';

/**
 * Changes of facts, in the ledger of graphs: dates of retirement that were taken from them (`validity`), marks that were set
 * on them (`archived`). Each is kept whole, as JSON.
 */
export type FactChangeKind = 'validity' | 'archived';

interface Recorded {
  readonly id: string;
}

/** @param state `intent`: about to be written in another store; `null`: written in this transaction */
export async function recordFactChanges(
  tx: Tx,
  { runNo, partNo }: LedgerAddress,
  graph: string,
  kind: FactChangeKind,
  changes: readonly Recorded[],
  state: 'intent' | null,
): Promise<void> {
  if (changes.length === 0) return;
  await sql`insert into coppice.ledger_graph (run_no, day, graph, part_no, kind, item_id, content, dates, state)
    select ${runNo}, current_date, ${graph}, ${partNo}, ${kind}, c ->> 'id', c, '', ${state}
    from jsonb_array_elements(${JSON.stringify(changes)}::jsonb) c`.execute(tx);
}

function areThese({ runNo, partNo }: LedgerAddress, kind: FactChangeKind, ids: readonly string[]) {
  return sql<boolean>`run_no = ${runNo} and part_no = ${partNo} and kind = ${kind}
    and item_id = any(${[...ids]}::text[])`;
}

/** The changes were written: the record stays for an undo, or is dropped where nothing is kept. */
export async function settleFactChanges(
  tx: Tx,
  at: LedgerAddress,
  kind: FactChangeKind,
  ids: readonly string[],
  keep: boolean,
): Promise<void> {
  if (!keep) return dropFactChanges(tx, at, kind, ids);
  await sql`update coppice.ledger_graph set state = null where ${areThese(at, kind, ids)}`.execute(tx);
}

export async function dropFactChanges(
  tx: Tx,
  at: LedgerAddress,
  kind: FactChangeKind,
  ids: readonly string[],
): Promise<void> {
  await sql`delete from coppice.ledger_graph where ${areThese(at, kind, ids)}`.execute(tx);
}

/** Marked so, a fact is not tried again by this undo; another undo tries it again. */
export async function refuseFactChanges(
  tx: Tx,
  at: LedgerAddress,
  undoRunNo: number,
  kind: FactChangeKind,
  ids: readonly string[],
): Promise<void> {
  await sql`update coppice.ledger_graph set refused = ${undoRunNo} where ${areThese(at, kind, ids)}`.execute(tx);
}

/** Changes that had been recorded when somebody stopped. */
export async function pendingFactChanges<Change>(
  db: Db,
  at: LedgerAddress,
  kind: FactChangeKind,
  limit: number,
): Promise<Change[]> {
  const { rows } = await sql<{ content: Change }>`select content from coppice.ledger_graph
    where run_no = ${at.runNo} and part_no = ${at.partNo} and kind = ${kind} and state = 'intent' limit ${limit}`.execute(
    db,
  );
  return rows.map(({ content }) => content);
}

/** Changes that an undo has not tried yet. */
export async function nextUndoneFacts<Change>(
  db: Db,
  at: LedgerAddress,
  undoRunNo: number,
  kind: FactChangeKind,
  limit: number,
): Promise<Change[]> {
  const { rows } = await sql<{ content: Change }>`select content from coppice.ledger_graph
    where run_no = ${at.runNo} and part_no = ${at.partNo} and kind = ${kind} and state is null
      and refused is distinct from ${undoRunNo}
    order by item_id limit ${limit}`.execute(db);
  return rows.map(({ content }) => content);
}
