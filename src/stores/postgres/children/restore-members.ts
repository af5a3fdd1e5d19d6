import { type RawBuilder, sql } from 'kysely';
import { columnRef } from '../../../database/identifiers.ts';
import { allOf, idText, isOneOf } from '../../../database/row-ids.ts';
import type { Tx } from '../../../database/schema.ts';
import { inLedger, type RestoreGroup } from '../restore/restore-set.ts';
import { type LiveTable, rowLedger } from '../table.ts';
import { ancestorsOf, belongsTo, memberLedger, memberRef, membersOf } from './family.ts';
import type { Member } from './member.ts';

/** Name of the relation that holds the rows of a member which a restoration has inserted. */
export function backName(group: number, at: number): string {
  return `back_${group}_${at}`;
}

function sourceName(group: number, at: number): string {
  return `from_${group}_${at}`;
}

/**
 * Expressions of a `with` list that insert what belongs to the rows of `rows_N` from the ledger, as `back_N_M`. A row that
 * belongs to several parents returns with the first of them.
 */
export function membersBack({ table, part }: RestoreGroup, group: number, runNo: number): RawBuilder<unknown>[] {
  return membersOf(table).flatMap((member, at) => {
    const parent = sql.id(member.parent === null ? `rows_${group}` : backName(group, member.parent));
    const source = sql.id(sourceName(group, at));
    const columns = member.writable.map((column) => sql.id(column));
    return [
      sql`${source} as materialized (select l.* from ${memberLedger(member)} l
        where ${inLedger(runNo, member.shared ? null : part)}
          and exists (select from ${parent} p where ${belongsTo(member, 'l', 'p')}))`,
      sql`${sql.id(backName(group, at))} as (
        insert into ${memberRef(member)} as c (${sql.join(columns)}) overriding system value
        select ${sql.join(columns)} from ${source} returning c.*)`,
    ];
  });
}

/** Tables of children of which the database has inserted fewer rows than the ledger holds, as an array. */
export function incompleteMembers(table: LiveTable, group: number): RawBuilder<unknown> {
  const terms = membersOf(table).flatMap((member, at) => {
    if (member.chunks) return [];
    const [source, back] = [sql.id(sourceName(group, at)), sql.id(backName(group, at))];
    return [
      sql`case when (select count(*) from ${source}) <> (select count(*) from ${back}) then ${sql.lit(member.table.name)} end`,
    ];
  });
  return terms.length === 0 ? sql`'{}'::text[]` : sql`array_remove(array[${sql.join(terms)}]::text[], null)`;
}

/** The ledger of a member, as `kN`, joined to the ledger of the collection's rows, as `l`, by way of those in between. */
function ledgerDown(table: LiveTable, members: readonly Member[], at: number, runNo: number): RawBuilder<unknown> {
  const joins = [...ancestorsOf(members, at), at].flatMap((place) => {
    const member = members[place];
    if (member === undefined) return [];
    const [own, parent] = [`k${place}`, member.parent === null ? 'l' : `k${member.parent}`];
    return [
      sql` join ${memberLedger(member)} ${sql.id(own)} on ${belongsTo(member, own, parent)}
        and ${sql.id(own, 'coppice_run')} = ${runNo} and ${sql.id(own, 'coppice_state')} is null`,
    ];
  });
  return sql`${rowLedger(table)} l${sql.join(joins, sql``)}`;
}

/**
 * Of rows in the ledger those to which something belongs that exists: it was written after the removal, or belongs to
 * another row now. A restoration would mix both.
 */
export async function withStandingMembers(
  tx: Tx,
  table: LiveTable,
  { runNo, partNo }: { readonly runNo: number; readonly partNo: number | null },
  ids: readonly string[],
): Promise<Set<string>> {
  const members = membersOf(table);
  const found = (from: RawBuilder<unknown>, member: Member, same: RawBuilder<boolean>) =>
    sql`select ${idText('l', table.mapping)} as id from ${from} join ${memberRef(member)} c on ${same}
      where ${inLedger(runNo, partNo)} and ${isOneOf('l', table, ids)}`;
  const queries = members.flatMap((member, at) => {
    const own = `k${at}`;
    const above = member.parent;
    const [from, parent] =
      above === null ? [rowLedgerAs(table), 'l'] : [ledgerDown(table, members, above, runNo), `k${above}`];
    const standing = member.shared ? [] : [found(from, member, belongsTo(member, 'c', parent))];
    if (member.ownKey === null) return standing;
    const sameKey = allOf(member.ownKey.map((column) => sql`${columnRef('c', column)} = ${columnRef(own, column)}`));
    return [...standing, found(ledgerDown(table, members, at, runNo), member, sameKey)];
  });
  if (queries.length === 0) return new Set();
  const { rows } = await sql<{ id: string }>`${sql.join(queries, sql` union `)}`.execute(tx);
  return new Set(rows.map((row) => row.id));
}

function rowLedgerAs(table: LiveTable): RawBuilder<unknown> {
  return sql`${rowLedger(table)} l`;
}

/** Takes what belongs to the rows out of the ledger, before the rows themselves. */
export async function dropMembers(
  tx: Tx,
  table: LiveTable,
  { runNo, partNo }: { readonly runNo: number; readonly partNo: number | null },
  ids: readonly string[],
): Promise<void> {
  const members = membersOf(table);
  if (members.length === 0) return;
  const parts = members.map((member, at) => {
    const parent = sql.id(member.parent === null ? 'roots' : `dropped_${member.parent}`);
    return sql`${sql.id(`dropped_${at}`)} as (
      delete from ${memberLedger(member)} l using ${parent} p
      where ${inLedger(runNo, null)} and ${belongsTo(member, 'l', 'p')} returning l.*)`;
  });
  await sql`with roots as materialized (select l.* from ${rowLedger(table)} l
      where ${inLedger(runNo, partNo)} and ${isOneOf('l', table, ids)}),
    ${sql.join(parts)} select`.execute(tx);
}
