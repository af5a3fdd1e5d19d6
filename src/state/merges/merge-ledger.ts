import { sql } from 'kysely';
import type { Db, Tx } from '../../database/schema.ts';
import type { LedgerAddress } from '../../domain/ledger-address.ts';
import { type MergePair, type MergeRecord, mergeKey } from '../../domain/merging/merge-record.ts';
import type { MergePlace } from './merges.ts';

/** Records of merges among the items that runs removed from graphs. */

export async function recordMerge(
  tx: Tx,
  { runNo, partNo }: LedgerAddress,
  graph: string,
  record: MergeRecord,
  state: 'intent' | null,
): Promise<void> {
  await sql`insert into coppice.ledger_graph (run_no, day, graph, part_no, kind, item_id, content, dates, state)
    values (${runNo}, current_date, ${graph}, ${partNo}, 'merge', ${mergeKey(record)}, ${JSON.stringify(record)}::jsonb, '',
      ${state})`.execute(tx);
}

function isMerge({ runNo, partNo }: LedgerAddress, pair: MergePair) {
  return sql<boolean>`run_no = ${runNo} and part_no = ${partNo} and kind = 'merge' and item_id = ${mergeKey(pair)}`;
}

/** The merge is made: its record stays for an undo, or is dropped where nothing is kept. */
export async function settleMerge(tx: Tx, at: LedgerAddress, pair: MergePair, keep: boolean): Promise<void> {
  if (!keep) return dropMerge(tx, at, pair);
  await sql`update coppice.ledger_graph set state = null where ${isMerge(at, pair)}`.execute(tx);
}

export async function dropMerge(tx: Tx, at: LedgerAddress, pair: MergePair): Promise<void> {
  await sql`delete from coppice.ledger_graph where ${isMerge(at, pair)}`.execute(tx);
}

export async function refuseMerge(tx: Tx, at: LedgerAddress, pair: MergePair, undoRunNo: number): Promise<void> {
  await sql`update coppice.ledger_graph set refused = ${undoRunNo} where ${isMerge(at, pair)}`.execute(tx);
}

/** Merges that had been recorded when somebody stopped. */
export async function pendingMerges(db: Db, { runNo, partNo }: LedgerAddress, limit: number): Promise<MergeRecord[]> {
  const { rows } = await sql<{ content: MergeRecord }>`select content from coppice.ledger_graph
    where run_no = ${runNo} and part_no = ${partNo} and kind = 'merge' and state = 'intent' limit ${limit}`.execute(db);
  return rows.map(({ content }) => content);
}

/** Merges that an undo has not tried yet, the last one first. */
export async function nextUnmerged(
  db: Db,
  { runNo, partNo }: LedgerAddress,
  undoRunNo: number,
  limit: number,
): Promise<MergeRecord[]> {
  const { rows } = await sql<{ content: MergeRecord }>`select l.content from coppice.ledger_graph l
      left join coppice.merges m on m.applied_run_no = l.run_no and m.part_no = l.part_no
        and m.kind = coalesce(l.content ->> 'kind', 'entity') and m.survivor = l.content ->> 'survivor' and m.loser = l.content ->> 'loser'
    where l.run_no = ${runNo} and l.part_no = ${partNo} and l.kind = 'merge' and l.state is null
      and l.refused is distinct from ${undoRunNo}
    order by m.merged_at desc nulls last, l.item_id limit ${limit}`.execute(db);
  return rows.map(({ content }) => content);
}

/** The record of a merge that was made; `null`: it was not kept, or is kept no longer. */
export async function recordedMerge(
  db: Db,
  { graph, group }: MergePlace,
  pair: MergePair,
): Promise<{ readonly at: LedgerAddress; readonly record: MergeRecord } | null> {
  const { rows } = await sql<{ runNo: number; partNo: number; content: MergeRecord }>`
    select l.run_no as "runNo", l.part_no as "partNo", l.content
    from coppice.ledger_graph l join coppice.run_partitions p on p.run_no = l.run_no and p.no = l.part_no
    where l.graph = ${graph} and l.kind = 'merge' and l.item_id = ${mergeKey(pair)} and l.state is null
      and p.collection = ${graph} and p.partition = ${group} order by l.run_no desc limit 1`.execute(db);
  const [row] = rows;
  return row === undefined ? null : { at: { runNo: row.runNo, partNo: row.partNo }, record: row.content };
}
