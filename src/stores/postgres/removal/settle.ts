import { type RawBuilder, sql } from 'kysely';
import { tableRef } from '../../../database/identifiers.ts';
import { hasKey, idText, isOneOf, keyColumns } from '../../../database/row-ids.ts';
import type { Db, Tx } from '../../../database/schema.ts';
import type { LedgerAddress } from '../../../domain/ledger-address.ts';
import { recordedLedgers } from '../../../state/ledger/ledger.ts';
import type { Settlement } from '../../ports/row-intents.ts';
import { childCount, goneName, lockParents, membersGone } from '../children/remove-members.ts';
import { type LiveTable, rowLedger } from '../table.ts';
import { keptByRefusal } from './kept.ts';
import { inHalves } from './refusals.ts';

/** Intents of this run on this partition. */
function intentsAt(at: LedgerAddress): RawBuilder<boolean> {
  return sql`l.coppice_run = ${at.runNo} and l.coppice_part = ${at.partNo} and l.coppice_state is not null`;
}

export async function pendingIntents(db: Db, table: LiveTable, at: LedgerAddress, limit: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select ${idText('l', table.mapping)} as id from ${rowLedger(table)} l
    where ${intentsAt(at)} limit ${limit}`.execute(db);
  return rows.map((row) => row.id);
}

/** Intents that other runs wrote and never settled, wherever they were ended and whatever columns the table had then. */
export async function abandonedIntents(db: Db, table: LiveTable, exceptRunNo: number): Promise<LedgerAddress[]> {
  const found: LedgerAddress[] = [];
  for (const { name } of await recordedLedgers(db, table.mapping.name, 'rows')) {
    const { rows } = await sql<LedgerAddress>`
      select distinct l.coppice_run as "runNo", l.coppice_part as "partNo" from ${sql.id('coppice', name)} l
      where l.coppice_state is not null and l.coppice_run <> ${exceptRunNo} limit 1000`.execute(db);
    found.push(...rows);
  }
  return found.slice(0, 1000);
}

/**
 * Removes rows whose version is still the one that T1 saw (`xmin` names the transaction that wrote a row, so any write
 * since shows). Rows that changed keep their intent, for their vectors to be put back; rows that somebody else deleted
 * leave the ledger: they are not ours to restore.
 */
export async function settle(
  tx: Tx,
  table: LiveTable,
  at: LedgerAddress,
  ids: readonly string[],
  keep: boolean,
): Promise<Settlement> {
  const { mapping } = table;
  // Their intents first: they are few, which the planner cannot know, and each leads to its row by the primary key.
  const locked = await sql<{ id: string; same: boolean }>`
    with intents as materialized (
      select ${keyColumns('l', mapping)}, l.coppice_xmin as seen from ${rowLedger(table)} l
      where ${intentsAt(at)} and ${isOneOf('l', table, ids)}
    )
    select ${idText('d', mapping)} as id, d.xmin::text::bigint = i.seen as same
    from intents i join ${tableRef(mapping.table)} d on ${hasKey('d', mapping, 'i')}
    for update of d`.execute(tx);
  const same = locked.rows.filter((row) => row.same).map((row) => row.id);
  const { removed, children, refused, kept } = await removeAccepted(tx, table, at, same, keep);
  const changed = [...locked.rows.filter((row) => !row.same).map((row) => row.id), ...refused];
  const standing = new Set(locked.rows.map((row) => row.id));
  const vanished = ids.filter((one) => !standing.has(one));
  if (keep) {
    await sql`update ${rowLedger(table)} l set coppice_state = null
      where ${intentsAt(at)} and ${isOneOf('l', table, removed)}`.execute(tx);
  }
  await dropIntents(tx, table, at, keep ? vanished : [...vanished, ...removed]);
  return { removed, children, changed, vanished, kept };
}

/** A row that is referenced since T1, or that a trigger refuses, stays as one that changed does. */
async function removeAccepted(
  tx: Tx,
  table: LiveTable,
  { runNo, partNo }: LedgerAddress,
  ids: readonly string[],
  keep: boolean,
) {
  const { mapping, constraints } = table;
  const remove = async (some: readonly string[]) => {
    await lockParents(tx, table, some);
    const { rows } = await sql<{ children: number }>`
      with ${membersGone(table, { ids: some, runNo, partNo, keep })} gone as (
        delete from ${tableRef(mapping.table)} d where ${isOneOf('d', table, some)})
      select ${childCount(table, goneName)} as children`.execute(tx);
    return { ids: some, children: rows[0]?.children ?? 0 };
  };
  if (!constraints.mayRefuse) return { removed: (await remove(ids)).ids, children: 0, refused: [], kept: [] };
  const { results, refused } = await inHalves(tx, constraints.deferrable, ids, remove);
  const kept = keptByRefusal(refused.map(({ refusal }) => refusal));
  const children = results.reduce((sum, one) => sum + one.children, 0);
  return { removed: results.flatMap((one) => one.ids), children, refused: refused.map(({ unit }) => unit), kept };
}

export async function dropIntents(tx: Tx, table: LiveTable, at: LedgerAddress, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await sql`delete from ${rowLedger(table)} l
    where ${intentsAt(at)} and ${isOneOf('l', table, ids)}`.execute(tx);
}
