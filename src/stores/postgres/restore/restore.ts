import { type RawBuilder, sql } from 'kysely';
import { tableRef } from '../../../database/identifiers.ts';
import { idText, isOneOf, sameId } from '../../../database/row-ids.ts';
import type { Db, Tx } from '../../../database/schema.ts';
import type { LedgerAddress } from '../../../domain/ledger-address.ts';
import { StoreError } from '../../../domain/store-errors.ts';
import type { LedgerRow, Restore, Restored, RestoreRefusal } from '../../ports/row-undo.ts';
import { dropMembers, withStandingMembers } from '../children/restore-members.ts';
import { insertHolds } from '../due.ts';
import { textOf } from '../fields.ts';
import { judgeRow } from '../rules/index.ts';
import { documentKey, inCollection } from '../scope.ts';
import { type LiveTable, rowLedger } from '../table.ts';
import { insertAccepted } from './restore-accepted.ts';
import type { Inserted } from './restore-insert.ts';
import {
  connected,
  inLedger,
  ledgerOf,
  ownerOf,
  type RestoreGroup,
  referencedEnd,
  referencingEnd,
  withReferenced,
} from './restore-set.ts';

/** Where rows are looked for in the ledger: one partition's, or all that the run removed. */
type Address = Omit<LedgerAddress, 'partNo'> & { readonly partNo: number | null };

/** Selects the rows that this run removed there and that have not been put back. */
function removedAt(at: Address): RawBuilder<boolean> {
  return inLedger(at.runNo, at.partNo);
}

export async function nextRestores(
  db: Db,
  table: LiveTable,
  at: LedgerAddress,
  undoRunNo: number,
  limit: number,
  readyFirst = false,
): Promise<LedgerRow[]> {
  const ready = readyFirst ? waitsForNothing(table, at) : null;
  const rows = ready === null ? [] : await restoresAt(db, table, at, undoRunNo, limit, ready);
  const all = rows.length > 0 ? rows : await restoresAt(db, table, at, undoRunNo, limit, sql`true`);
  if (all.length > 0 && table.lost.length > 0) {
    throw new StoreError(
      'StoreRefusedError',
      `what was removed cannot be put back as it was: the tables of ${table.mapping.name} have no column ` +
        `${table.lost.join(', ')} any more. Add it again and undo once more`,
    );
  }
  return all;
}

/** That no row which the row references is in the ledger of the same run; `null` where rows reference no such row. */
function waitsForNothing(table: LiveTable, { runNo }: LedgerAddress): RawBuilder<boolean> | null {
  const terms = table.constraints.outgoing.flatMap((key) => {
    const end = referencedEnd(table, key, []);
    if (end === null || key.fromOwn !== 'rows') return [];
    return [
      sql`not exists (select from ${ledgerOf(end)} p where p.coppice_run = ${runNo} and p.coppice_state is null
      and ${connected(key, 'l', 'p')} and ${ownerOf(end, 'p')} is distinct from ${ownerOf(referencingEnd(table, key), 'l')})`,
    ];
  });
  return terms.length === 0 ? null : sql`(${sql.join(terms, sql` and `)})`;
}

async function restoresAt(
  db: Db,
  table: LiveTable,
  at: LedgerAddress,
  undoRunNo: number,
  limit: number,
  condition: RawBuilder<boolean>,
): Promise<LedgerRow[]> {
  const document = documentKey('l', table.mapping);
  // A document of several rows comes back whole, or its first rows would stand in the way of the others.
  const first =
    table.mapping.document === null
      ? sql`limit ${limit}`
      : sql`order by 2 fetch first ${sql.lit(limit)} rows with ties`;
  const { rows } = await sql<LedgerRow>`
    select ${idText('l', table.mapping)} as id, ${document} as document from ${rowLedger(table)} l
    where ${removedAt(at)} and l.coppice_refused is distinct from ${undoRunNo} and ${condition} ${first}`.execute(db);
  return rows;
}

/** Marks as refused what exists again, row, document or chunk, and returns the rest. */
export async function restorable(
  tx: Tx,
  table: LiveTable,
  at: Address,
  undoRunNo: number,
  ids: readonly string[],
): Promise<string[]> {
  const { mapping } = table;
  const rowExists = sql`exists (select from ${tableRef(mapping.table)} d where ${sameId('d', 'l', mapping)})`;
  const { rows } = await sql<{ id: string; superseded: boolean }>`
    select ${idText('l', mapping)} as id, ${rowExists} or ${documentExists(table)} as superseded from ${rowLedger(table)} l
    where ${removedAt(at)} and ${isOneOf('l', table, ids)} for update of l`.execute(tx);
  const standing = await withStandingMembers(tx, table, at, ids);
  const superseded = new Set(rows.filter((row) => row.superseded || standing.has(row.id)).map((row) => row.id));
  await refuse(tx, table, at, undoRunNo, [...superseded]);
  return rows.map((row) => row.id).filter((one) => !superseded.has(one));
}

/** Whether rows of the same document in the same partition stand, written anew under other ids. */
function documentExists(table: LiveTable) {
  const { mapping } = table;
  if (mapping.document === null) return sql`false`;
  return sql`exists (select from ${tableRef(mapping.table)} d where ${inCollection('d', mapping)}
    and ${documentKey('d', mapping)} = ${documentKey('l', mapping)}
    and ${textOf('d', mapping.partition)} = ${textOf('l', mapping.partition)})`;
}

/** Marked so, an id is not tried again by this undo; another undo tries it again. */
export async function refuse(
  tx: Tx,
  table: LiveTable,
  at: Address,
  undoRunNo: number,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return;
  await sql`update ${rowLedger(table)} l set coppice_refused = ${undoRunNo}
    where ${removedAt(at)} and ${isOneOf('l', table, ids)}`.execute(tx);
}

/**
 * Puts rows and their chunks back and takes them out of the ledger, on hold until their dates change: with the rows that
 * they reference, where those were removed by the same run. A row that the database refuses stays in the ledger.
 */
export async function restore(
  tx: Tx,
  table: LiveTable,
  request: Restore,
  others: readonly LiveTable[],
): Promise<Restored> {
  const own: RestoreGroup = { table, part: request.partNo, ids: request.ids };
  const references = table.constraints.outgoing.some((key) => referencedEnd(table, key, others) !== null);
  const all = request.withReferenced && references ? await withReferenced(tx, own, others, request) : [own];
  const groups = references ? await withoutExisting(tx, all, own, request) : all;
  const { inserted, refused } = await insertAccepted(tx, groups, others, request.runNo);
  for (const one of inserted) await settle(tx, one, request);
  for (const { table: of, ids } of refused) {
    await refuse(tx, of, { runNo: request.runNo, partNo: null }, request.undoRunNo, ids);
  }
  return summary(own, groups, inserted, refused);
}

/** Rows that are restored besides are checked as the others were before. */
async function withoutExisting(
  tx: Tx,
  groups: readonly RestoreGroup[],
  own: RestoreGroup,
  { runNo, undoRunNo }: Restore,
): Promise<RestoreGroup[]> {
  const known = new Set(own.ids);
  const checked: RestoreGroup[] = [];
  for (const group of groups) {
    const isOwn = (id: string) => group.table === own.table && known.has(id);
    const besides = group.ids.filter((id) => !isOwn(id));
    const free =
      besides.length === 0 ? [] : await restorable(tx, group.table, { runNo, partNo: null }, undoRunNo, besides);
    // Referenced rows come first, which saves tries where rows are inserted one by one.
    checked.push({ ...group, ids: [...free, ...group.ids.filter(isOwn)] });
  }
  return checked.filter(({ ids }) => ids.length > 0);
}

interface RefusedIds {
  readonly table: LiveTable;
  readonly ids: readonly string[];
  readonly refusals: readonly RestoreRefusal[];
}

function summary(
  own: RestoreGroup,
  groups: readonly RestoreGroup[],
  inserted: readonly Inserted[],
  refused: readonly RefusedIds[],
): Restored {
  const asked = new Set(own.ids);
  const isOwn = (table: LiveTable) => (id: string) => table === own.table && asked.has(id);
  const back = inserted.flatMap(({ table, ids }) => ids.filter(isOwn(table)));
  const besides = inserted.reduce((sum, { table, ids }) => sum + ids.filter((id) => !isOwn(table)(id)).length, 0);
  const tried = new Set(groups.filter(({ table }) => table === own.table).flatMap(({ ids }) => ids));
  const byColumn = new Map<string, number>();
  for (const { differences } of inserted) {
    for (const [column, count] of Object.entries(differences))
      byColumn.set(column, (byColumn.get(column) ?? 0) + count);
  }
  return {
    restored: back,
    besides,
    vectors: inserted.reduce((sum, one) => sum + one.vectors, 0),
    children: inserted.reduce((sum, one) => sum + one.children, 0),
    refused: refused.flatMap(({ table, ids }) => ids.filter(isOwn(table))),
    left: own.ids.some((id) => !tried.has(id)),
    refusals: refused.flatMap(({ refusals }) => refusals),
    differences: [...byColumn].map(([column, documents]) => ({ column, documents })),
  };
}

/** Restored rows are put on hold and leave the ledger. */
async function settle(tx: Tx, { table, ids }: Inserted, request: Restore): Promise<void> {
  if (ids.length === 0) return;
  const { mapping } = table;
  const restored = sql`select ${idText('d', mapping)} as row_id,
      coalesce(${textOf('d', mapping.partition)}, ${request.partition}) as partition,
      ${judgeRow('d', mapping, request.rule).state ?? sql`''`} as state, ${request.undoRunId}::text as run_id
    from ${tableRef(mapping.table)} d where ${isOneOf('d', table, ids)}`;
  await sql`${insertHolds(request.rule.kind, mapping, restored)}`.execute(tx);
  const there = inLedger(request.runNo, null);
  await dropMembers(tx, table, { runNo: request.runNo, partNo: null }, ids);
  await sql`delete from ${rowLedger(table)} l
    where ${there} and ${isOneOf('l', table, ids)}`.execute(tx);
}
