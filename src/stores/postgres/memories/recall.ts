import { sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import { idArrays, idText } from '../../../database/row-ids.ts';
import type { Tx } from '../../../database/schema.ts';
import type { CollectionMapping } from '../../../domain/mapping.ts';
import { idColumns } from '../../../domain/row-id.ts';
import type { Pair } from '../copies/judge-copies.ts';
import { textOf } from '../fields.ts';
import { computedOnce } from '../rules/rule-sql.ts';
import { inCollection } from '../scope.ts';
import type { LiveTable } from '../table.ts';
import { vectorOf } from './vector-column.ts';

/** Distances closer than this are equal. */
const tolerance = 1e-6;

/**
 * Members whose own vector would find another memory before the row that stays, once all members are removed. A search for a
 * member finds the member itself first today, so the row that stays has to be first afterwards: a merge never makes a memory
 * harder to find. Distances are exact, whatever index the application has, and one statement reads both states: no write of
 * the application can fall between two measurements.
 */
export async function harderToFind(tx: Tx, table: LiveTable, pairs: readonly Pair[]): Promise<ReadonlySet<string>> {
  const { mapping } = table;
  const [member, survivor, other] = [vectorOf('d', mapping), vectorOf('s', mapping), vectorOf('x', mapping)];
  if (pairs.length === 0 || member === null) return new Set();
  const keys = idColumns(mapping);
  const arrays = [
    ...idArrays(
      table,
      pairs.map(({ id }) => id),
    ),
    ...idArrays(
      table,
      pairs.map((pair) => pair.survivor),
    ),
  ];
  const names = [...keys.map((_, at) => `d_${at}`), ...keys.map((_, at) => `s_${at}`)];
  const removed = pairs.map(({ id }) => id);
  const { rows } = await sql<{ id: string }>`
    select m.id from (
      select ${idText('d', mapping)} as id, ${idText('s', mapping)} as survivor, ${textOf('d', mapping.partition)} as partition,
        ${member} as own, ${survivor} as kept
      from unnest(${sql.join(arrays)}) p (${sql.join(names.map((name) => sql.id(name)))})
        ${row('d', mapping)} ${row('s', mapping)} ${computedOnce}
    ) m
    where m.own is null or m.kept is null or vector_dims(m.own) <> vector_dims(m.kept) or exists (
      select from ${tableRef(mapping.table)} x
      where ${textOf('x', mapping.partition)} = m.partition and ${inCollection('x', mapping)}
        and ${idText('x', mapping)} <> m.survivor and ${idText('x', mapping)} <> all(${removed}::text[])
        and vector_dims(${other}) = vector_dims(m.own)
        and (${other} <=> m.own) < (m.kept <=> m.own) - ${sql.lit(tolerance)}::float8)`.execute(tx);
  return new Set(rows.map(({ id }) => id));
}

/** One look-up by the key, under the alias: `d` a member, `s` the row that stays. */
function row(alias: 'd' | 's', mapping: CollectionMapping) {
  const at = idColumns(mapping).map((column, no) => sql`${columnRef('t', column)} = ${sql.id('p', `${alias}_${no}`)}`);
  return sql`join lateral (select t.* from ${tableRef(mapping.table)} t where ${sql.join(at, sql` and `)} ${computedOnce})
    ${sql.id(alias)} on true`;
}
