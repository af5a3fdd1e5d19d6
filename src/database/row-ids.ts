import { type RawBuilder, sql } from 'kysely';
import type { CollectionMapping } from '../domain/mapping.ts';
import { decodeRowId, idColumns, isComposite } from '../domain/row-id.ts';
import { columnRef } from './identifiers.ts';

/**
 * Ids of rows in SQL. Outside the database an id is one text: that of its column, or the canonical text of a composite id.
 * Rows are looked up by the columns, so that the index of the key serves; never by the text.
 */

type Keyed = Pick<CollectionMapping, 'id'>;

/** The id of a row as text. Only immutable functions: an index on an expression may contain it. */
export function idText(alias: string, mapping: Keyed): RawBuilder<string> {
  const columns = idColumns(mapping).map((column) => columnRef(alias, column));
  const [first] = columns;
  if (!isComposite(mapping)) return sql`${first}::text`;
  return sql`('[' || ${sql.join(columns.map(quotedText), sql` || ',' || `)} || ']')`;
}

function quotedText(column: RawBuilder<unknown>): RawBuilder<string> {
  const escaped = sql`replace(replace(${column}::text, ${sql.lit('\\')}, ${sql.lit('\\\\')}), '"', ${sql.lit('\\"')})`;
  return sql`coalesce('"' || ${escaped} || '"', 'null')`;
}

/** Names of the id columns where they are kept apart from the row, as in a run's items. */
export function keyNames(mapping: Keyed): readonly string[] {
  return isComposite(mapping) ? idColumns(mapping).map((_, at) => `key_${at + 1}`) : ['id'];
}

/** The columns of `keyNames` of a relation that has them. */
export function keysOf(alias: string, mapping: Keyed): RawBuilder<unknown> {
  return sql.join(keyNames(mapping).map((name) => columnRef(alias, name)));
}

/** The id columns of a row under the names of `keyNames`. */
export function keyColumns(alias: string, mapping: Keyed): RawBuilder<unknown> {
  const names = keyNames(mapping);
  return sql.join(
    idColumns(mapping).map((column, at) => sql`${columnRef(alias, column)} as ${sql.id(names[at] ?? '')}`),
  );
}

/** The id of a row under the names of `keptIdNames`: its columns with their types; of several also the text, by which other tables name the row. */
export function keptId(alias: string, mapping: Keyed): RawBuilder<unknown> {
  const columns = keyColumns(alias, mapping);
  return isComposite(mapping) ? sql`${idText(alias, mapping)} as id, ${columns}` : columns;
}

/** The columns of `keptId` of a relation that has them. */
export function keptIdNames(alias: string, mapping: Keyed): RawBuilder<unknown> {
  const names = isComposite(mapping) ? ['id', ...keyNames(mapping)] : keyNames(mapping);
  return sql.join(names.map((name) => columnRef(alias, name)));
}

/** That the row `alias` has the key which `keys` has under the names of `keyNames`. */
export function hasKey(alias: string, mapping: Keyed, keys: string): RawBuilder<boolean> {
  const names = keyNames(mapping);
  return allOf(
    idColumns(mapping).map((column, at) => sql`${columnRef(alias, column)} = ${columnRef(keys, names[at] ?? '')}`),
  );
}

/** That two relations which keep keys under the names of `keyNames` have the same one. */
export function sameKeys(left: string, right: string, mapping: Keyed): RawBuilder<boolean> {
  return allOf(keyNames(mapping).map((name) => sql`${columnRef(left, name)} = ${columnRef(right, name)}`));
}

/** That two rows of the table, or of its ledger, have the same id. */
export function sameId(left: string, right: string, mapping: Keyed): RawBuilder<boolean> {
  return allOf(idColumns(mapping).map((column) => sql`${columnRef(left, column)} = ${columnRef(right, column)}`));
}

export function lacksId(alias: string, mapping: Keyed): RawBuilder<boolean> {
  return sql`${sql.join(
    idColumns(mapping).map((column) => sql`${columnRef(alias, column)} is null`),
    sql` or `,
  )}`;
}

/** That the id columns of the row are among the keys that the query selects. */
export function keyIn(alias: string, mapping: Keyed, query: RawBuilder<unknown>): RawBuilder<boolean> {
  const columns = idColumns(mapping).map((column) => columnRef(alias, column));
  const [first] = columns;
  return isComposite(mapping) ? sql`(${sql.join(columns)}) in (${query})` : sql`${first} in (${query})`;
}

/** A mapping with the SQL types of its id columns. */
export interface TypedKey {
  readonly mapping: Keyed;
  readonly idTypes: readonly RawBuilder<unknown>[];
}

/** Ids as texts; of a single id column also as PostgreSQL wrote them as an array, which is handed back unread. */
export type IdList = readonly string[] | string;

/** Each id column of the ids as an array of the column's own type. */
export function idArrays({ mapping, idTypes }: TypedKey, ids: IdList): readonly RawBuilder<unknown>[] {
  if (!isComposite(mapping)) return idTypes.map((type) => sql`${ids}::text[]::${type}[]`);
  if (typeof ids === 'string') throw new Error('composite ids are never handed on as an array of PostgreSQL');
  const decoded = ids.map((id) => decodeRowId(id, idTypes.length) ?? idTypes.map(() => null));
  return idTypes.map((type, at) => sql`${decoded.map((values) => values[at] ?? null)}::text[]::${type}[]`);
}

/** The ids as a query with the columns of `keyNames`. */
export function idRows(table: TypedKey, ids: IdList): RawBuilder<unknown> {
  const names = keyNames(table.mapping).map((name) => sql.id(name));
  return sql`select * from unnest(${sql.join(idArrays(table, ids))}) ids (${sql.join(names)})`;
}

/** That the row is one of these. */
export function isOneOf(alias: string, table: TypedKey, ids: IdList): RawBuilder<boolean> {
  if (isComposite(table.mapping)) return keyIn(alias, table.mapping, idRows(table, ids));
  const [column = ''] = idColumns(table.mapping);
  return sql`${columnRef(alias, column)} = any(${idArrays(table, ids)[0]})`;
}

/**
 * The same where the list is short beside the table: unnested, the planner takes the array for short and goes by the index,
 * where a join might scan the whole table.
 */
export function isOneOfFew(alias: string, table: TypedKey, ids: IdList): RawBuilder<boolean> {
  if (isComposite(table.mapping)) return isOneOf(alias, table, ids);
  const [column = ''] = idColumns(table.mapping);
  return sql`${columnRef(alias, column)} = any(array(select unnest(${idArrays(table, ids)[0]})))`;
}

export function allOf(terms: readonly RawBuilder<unknown>[]): RawBuilder<boolean> {
  return terms.length === 1 ? sql`${terms[0]}` : sql`(${sql.join(terms, sql` and `)})`;
}
