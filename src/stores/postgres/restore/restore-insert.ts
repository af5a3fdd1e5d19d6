import { type RawBuilder, sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import { idText, isOneOf } from '../../../database/row-ids.ts';
import type { Tx } from '../../../database/schema.ts';
import { idColumns } from '../../../domain/row-id.ts';
import { memberLedger, membersOf } from '../children/family.ts';
import { childCount, vectorCount } from '../children/remove-members.ts';
import { backName, incompleteMembers, membersBack } from '../children/restore-members.ts';
import { type LiveTable, rowLedger } from '../table.ts';
import { inLedger, type RestoreGroup } from './restore-set.ts';

export interface Inserted {
  readonly table: LiveTable;
  readonly ids: readonly string[];
  readonly vectors: number;
  readonly children: number;
  readonly differences: Readonly<Record<string, number>>;
}

/**
 * Inserts rows of all groups, with what belongs to them, in one statement: at its end the database checks references, so that rows which
 * reference each other are accepted. `skipExisting`: a row that would break a unique constraint is left out.
 */
export async function insertFromLedger(
  tx: Tx,
  groups: readonly RestoreGroup[],
  runNo: number,
  skipExisting: boolean,
): Promise<Inserted[]> {
  const inserts = groups.flatMap((group, at) => [
    rowsOf(group, at, runNo, skipExisting),
    ...membersBack(group, at, runNo),
  ]);
  const results = groups.map((group, at) => resultOf(group, at, runNo));
  const { rows } = await sql<{
    at: number;
    ids: string[] | null;
    vectors: number;
    children: number;
    incomplete: string[];
    differences: Record<string, number>;
  }>`
    with ${sql.join(inserts)} ${sql.join(results, sql` union all `)}`.execute(tx);
  return rows.map(({ at, ids, vectors, children, incomplete, differences }) => {
    const group = groups[at];
    if (group === undefined) throw new Error('a statement answers for the groups that it was given');
    requireSameIds(group, ids ?? []);
    requireComplete(incomplete);
    return { table: group.table, ids: ids ?? [], vectors, children, differences };
  });
}

/** A trigger that gives a row another id has made another row: nothing would say that ours has been restored. */
function requireSameIds(group: RestoreGroup, ids: readonly string[]): void {
  const asked = new Set(group.ids);
  if (ids.every((id) => asked.has(id))) return;
  const error = new Error(`a trigger of ${group.table.mapping.table.name} changes the id of a row that is inserted`);
  throw Object.assign(error, { code: '27000', table: group.table.mapping.table.name });
}

/** A row whose children do not all return stays in the ledger, with all of them. */
function requireComplete([table]: readonly string[]): void {
  if (table === undefined) return;
  throw Object.assign(new Error(`a trigger of ${table} drops rows that are inserted`), { code: '27000', table });
}

function rowsOf({ table, part, ids }: RestoreGroup, at: number, runNo: number, skip: boolean): RawBuilder<unknown> {
  const { mapping, writable } = table;
  return sql`${sql.id(`rows_${at}`)} as (
    insert into ${tableRef(mapping.table)} as d (${sql.join(writable.map((column) => sql.id(column)))}) overriding system value
    select ${sql.join(writable.map((column) => columnRef('l', column)))} from ${rowLedger(table)} l
    where ${inLedger(runNo, part)} and ${isOneOf('l', table, ids)}
    ${skip ? sql`on conflict do nothing` : sql``} returning d.*)`;
}

function resultOf(group: RestoreGroup, at: number, runNo: number): RawBuilder<unknown> {
  const { table } = group;
  const rows = `rows_${at}`;
  const back = (member: number) => backName(at, member);
  return sql`select ${sql.lit(at)}::int as at,
    (select array_agg(${idText('r', table.mapping)}) from ${sql.id(rows)} r) as ids,
    ${vectorCount(table, rows, back)} as vectors, ${childCount(table, back)} as children,
    ${incompleteMembers(table, at)} as incomplete, ${differences(group, at, runNo)} as differences`;
}

/** How many rows were stored with another value than the ledger has, by column; of a member, how many of its rows. */
function differences({ table, part }: RestoreGroup, at: number, runNo: number): RawBuilder<unknown> {
  const { mapping, rows, constraints } = table;
  if (!constraints.mayChange) return sql`'{}'::jsonb`;
  const ofRows = counts({
    ...{ inserted: `rows_${at}`, ledger: rowLedger(table), there: inLedger(runNo, part), prefix: '' },
    ...{ key: idColumns(mapping), columns: comparable(rows.columns, table.ledgerColumns) },
  });
  const ofMembers = membersOf(table).map((member, place) =>
    counts({
      ...{ inserted: backName(at, place), ledger: memberLedger(member), key: member.id },
      ...{ there: inLedger(runNo, member.shared ? null : part), prefix: `${member.table.name}.` },
      columns: comparable(member.source.columns, member.ledgerColumns),
    }),
  );
  return sql`(${sql.join([ofRows, ...ofMembers], sql` || `)})`;
}

function comparable(columns: readonly { readonly name: string }[], recorded: readonly string[]): string[] {
  return columns.map((column) => column.name).filter((name) => recorded.includes(name));
}

interface Comparison {
  readonly inserted: string;
  readonly ledger: RawBuilder<unknown>;
  readonly there: RawBuilder<boolean>;
  readonly key: readonly string[];
  readonly columns: readonly string[];
  readonly prefix: string;
}

/** Values are compared as they are stored: every type can be compared so, and nothing is rounded. */
function counts({ inserted, ledger, there, key, columns, prefix }: Comparison): RawBuilder<unknown> {
  const names = columns.map((column) => sql.lit(`${prefix}${column}`));
  const changed = columns.map(
    (column) =>
      sql`count(*) filter (where record_image_ne(row(${columnRef('l', column)}), row(${columnRef('n', column)})))`,
  );
  const same = sql.join(
    key.map((column) => sql`${columnRef('l', column)} = ${columnRef('n', column)}`),
    sql` and `,
  );
  return sql`(select coalesce(jsonb_object_agg(name, rows) filter (where rows > 0), '{}') from (
    select unnest(array[${sql.join(names)}]) as name, unnest(array[${sql.join(changed)}]) as rows
    from ${sql.id(inserted)} n join ${ledger} l on ${same} where ${there}) changed)`;
}
