import { type RawBuilder, sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import { type IdList, isOneOf, isOneOfFew } from '../../../database/row-ids.ts';
import type { Tx } from '../../../database/schema.ts';
import { type LiveTable, stamp } from '../table.ts';
import { ancestorsOf, belongsTo, memberLedger, memberRef, membersOf } from './family.ts';
import type { Member } from './member.ts';

/** The rows of the collection that are removed, and whether the ledger keeps their children. */
interface Going {
  readonly ids: IdList;
  readonly runNo: number;
  readonly partNo: number;
  readonly keep: boolean;
}

/**
 * Locks rows of child tables that have children of their own, from the top. The rows of the collection are locked already.
 * A child that another transaction adds to a locked row waits, or was committed before and is seen by the statement that deletes.
 */
export async function lockParents(tx: Tx, table: LiveTable, ids: IdList): Promise<void> {
  const members = membersOf(table);
  for (const at of new Set(members.flatMap(({ parent }) => parent ?? []))) {
    await sql`select count(*) from (select from ${familyDown(table, members, at)}
      where ${isOneOfFew('d', table, ids)} for update of ${sql.id(`m${at}`)}) locked`.execute(tx);
  }
}

/** The rows of the collection, as `d`, joined to the rows of a member, as `mN`, by way of those in between. */
function familyDown(table: LiveTable, members: readonly Member[], at: number): RawBuilder<unknown> {
  const joins = [...ancestorsOf(members, at), at].flatMap((place) => {
    const member = members[place];
    if (member === undefined) return [];
    const parent = member.parent === null ? 'd' : `m${member.parent}`;
    const own = `m${place}`;
    return [sql` join ${memberRef(member)} ${sql.id(own)} on ${belongsTo(member, own, parent)}`];
  });
  return sql`${tableRef(table.mapping.table)} d${sql.join(joins, sql``)}`;
}

/**
 * Expressions of a `with` list that delete what belongs to the rows, as `gone_N`, into the ledger where it keeps them.
 * Each ends with a comma.
 */
export function membersGone(table: LiveTable, { ids, runNo, partNo, keep }: Going): RawBuilder<unknown> {
  const members = membersOf(table);
  if (members.length === 0) return sql``;
  const { mapping } = table;
  const top = [...new Set(members.filter(({ parent }) => parent === null).flatMap(({ links }) => links))];
  const columns = [...new Set(top.map(({ column }) => column))].map((column) => columnRef('d', column));
  const parts = members.map((member, at) => {
    const gone = sql.id(goneName(at));
    const parent = sql.id(member.parent === null ? 'roots' : goneName(member.parent));
    const last = member.shared
      ? sql`and not exists (select from ${tableRef(mapping.table)} o
          where ${belongsTo(member, 'c', 'o')} and not ${isOneOf('o', table, ids)})`
      : sql``;
    const kept = sql`${sql.id(`${goneName(at)}_ledger`)} as (
      insert into ${memberLedger(member)} select g.*, ${stamp(runNo, sql.lit(partNo))} from ${gone} g),`;
    return sql`${gone} as (
      delete from ${memberRef(member)} c using ${parent} p where ${belongsTo(member, 'c', 'p')} ${last} returning c.*),
    ${keep ? kept : sql``}`;
  });
  return sql`roots as materialized (
      select ${sql.join(columns)} from ${tableRef(mapping.table)} d where ${isOneOfFew('d', table, ids)}),
    ${sql.join(parts, sql` `)}`;
}

export function goneName(at: number): string {
  return `gone_${at}`;
}

/** Rows of child tables that a statement with such expressions has handled; `nameOf` is where those of a member are. */
export function childCount(table: LiveTable, nameOf: (at: number) => string): RawBuilder<number> {
  const counts = membersOf(table).flatMap(({ chunks }, at) =>
    chunks ? [] : [sql`(select count(*) from ${sql.id(nameOf(at))})`],
  );
  return counts.length === 0 ? sql`0::int8` : sql`(${sql.join(counts, sql` + `)})::int8`;
}

/** The same of their vectors. Of the collection's own rows those in a column count, which are in `rows`. */
export function vectorCount(table: LiveTable, rows: string, nameOf: (at: number) => string): RawBuilder<number> {
  const { vectors } = table.mapping;
  const counted = (column: string, from: string) => sql`(select count(${sql.id(column)}) from ${sql.id(from)})`;
  const counts = [
    ...(vectors.in === 'row' ? [counted(vectors.column, rows)] : []),
    ...membersOf(table).flatMap(({ vector }, at) => (vector === null ? [] : [counted(vector, nameOf(at))])),
  ];
  return counts.length === 0 ? sql`0::int8` : sql`(${sql.join(counts, sql` + `)})::int8`;
}
