import { type RawBuilder, sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import { idArrays, idText, isOneOfFew } from '../../../database/row-ids.ts';
import type { Tx } from '../../../database/schema.ts';
import { fieldOf, timeFieldOf } from '../../../domain/mapped-fields.ts';
import type { CollectionMapping, Field } from '../../../domain/mapping.ts';
import type { MergedMemory } from '../../../domain/merge-memories.ts';
import { idColumns } from '../../../domain/row-id.ts';
import { StoreError } from '../../../domain/store-errors.ts';
import { readInstant, writtenOf } from '../fields.ts';
import { jsonLinks, linksInto } from '../rules/links.ts';
import { storedInto, storedOf } from '../rules/stored-values.ts';
import type { LiveTable } from '../table.ts';

type Sql<T = unknown> = RawBuilder<T>;

/** Fields of a memory that a merge writes. */
export const mergedFields = ['access_count', 'links', 'last_accessed_at', 'expires_at'] as const;
export type MergedFieldName = (typeof mergedFields)[number];

interface MergedField {
  readonly name: MergedFieldName;
  readonly field: Field;
  /** The field of a row as it is stored, as text that `write` takes. */
  read(alias: string): Sql<string | null>;
  /** The value of its column with this text in the field. */
  write(column: Sql, text: Sql): Sql;
}

function fieldsOf(mapping: CollectionMapping): MergedField[] {
  return mergedFields.flatMap((name): MergedField[] => {
    const field = fieldOf(mapping, name);
    if (field === null) return [];
    const into = name === 'links' ? linksInto : storedInto;
    const read = (alias: string) =>
      name === 'links' ? sql<string | null>`${jsonLinks(alias, field)}::text` : storedOf(alias, field);
    return [{ name, field, read, write: (column, text) => into(field, column, text) }];
  });
}

export type MergedValues = Readonly<Record<MergedFieldName, string | null>>;

export interface StoredMemory {
  readonly memory: MergedMemory;
  /** Its fields as they are stored. */
  readonly stored: MergedValues;
}

/** The fields of these rows, by their ids. */
export async function readMemories(
  tx: Tx,
  table: LiveTable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, StoredMemory>> {
  if (ids.length === 0) return new Map();
  const { mapping } = table;
  const links = fieldOf(mapping, 'links');
  const list = links === null ? sql`null::jsonb` : jsonLinks('d', links);
  const epochOf = (name: 'last_accessed_at' | 'expires_at') => {
    const field = timeFieldOf(mapping, name);
    return field === null ? sql`null` : sql`extract(epoch from ${readInstant(writtenOf('d', field), field)})`;
  };
  const { rows } = await sql<
    MergedValues & { id: string; elements: string[] | null; used: number | null; expires: number | null }
  >`
    select ${idText('d', mapping)} as id, ${stored(mapping)}, ${epochOf('last_accessed_at')}::float8 as used,
      ${epochOf('expires_at')}::float8 as expires,
      case when jsonb_typeof(${list}) = 'array' then array(select e::text from jsonb_array_elements(${list}) e) end as elements
    from ${tableRef(mapping.table)} d where ${isOneOfFew('d', table, ids)}`.execute(tx);
  return new Map(
    rows.map(({ id, elements, used, expires, ...stored }) => {
      const { access_count: accessCount, last_accessed_at: accessed, expires_at: expiry } = stored;
      const lastAccess = accessed === null || used === null ? null : { stored: accessed, at: used };
      const memory = { id, accessCount, links: elements, lastAccess, expiry: { stored: expiry, at: expires } };
      return [id, { memory, stored }];
    }),
  );
}

export interface RowValues {
  readonly id: string;
  /** Only fields that are written. */
  readonly values: Readonly<Partial<MergedValues>>;
}

/** Writes fields of locked rows in one statement; what the columns return then, by the rows' ids. */
export async function writeFields(
  tx: Tx,
  table: LiveTable,
  rows: readonly RowValues[],
): Promise<ReadonlyMap<string, MergedValues>> {
  if (rows.length === 0) return new Map();
  const { mapping } = table;
  const keys = idColumns(mapping);
  // A trigger for a column that nothing is written to does not fire.
  const written = mergedFields.filter((name) => rows.some(({ values }) => values[name] !== undefined));
  const names = [...keys.map((_, at) => `key_${at}`), ...written, ...written.map((name) => `sets_${name}`)];
  const ids = rows.map(({ id }) => id);
  const arrays = [
    ...idArrays(table, ids),
    ...written.map((name) => sql`${rows.map(({ values }) => values[name] ?? null)}::text[]`),
    ...written.map((name) => sql`${rows.map(({ values }) => values[name] !== undefined)}::boolean[]`),
  ];
  const found = await sql<{ id: string } & MergedValues>`
    update ${tableRef(mapping.table)} d set ${assignments(mapping, written)}
    from unnest(${sql.join(arrays)}) v (${sql.join(names.map((name) => sql.id(name)))})
    where ${sql.join(
      keys.map((column, at) => sql`${columnRef('d', column)} = ${sql.id('v', `key_${at}`)}`),
      sql` and `,
    )} and ${isOneOfFew('d', table, ids)}
    returning ${idText('d', mapping)} as id, ${stored(mapping)}`.execute(tx);
  if (found.rows.length < rows.length) {
    const missing = rows.length - found.rows.length;
    throw new StoreError(
      'StoreRefusedError',
      `an update of ${missing} rows of ${mapping.table.schema}.${mapping.table.name} had no effect: a trigger or a rule of ` +
        'the table drops it. Nothing of the batch was changed',
    );
  }
  return new Map(found.rows.map(({ id, ...values }) => [id, values]));
}

/** Fields may share a JSON column, which is assigned once. */
function assignments(mapping: CollectionMapping, written: readonly MergedFieldName[]): Sql {
  const byColumn = new Map<string, Sql>();
  for (const { name, field, write } of fieldsOf(mapping)) {
    if (!written.includes(name)) continue;
    const before = byColumn.get(field.column) ?? columnRef('d', field.column);
    const text = sql`${sql.id('v', name)}`;
    byColumn.set(
      field.column,
      sql`(case when ${sql.id('v', `sets_${name}`)} then ${write(before, text)} else ${before} end)`,
    );
  }
  return sql.join([...byColumn].map(([column, value]) => sql`${sql.id(column)} = ${value}`));
}

function stored(mapping: CollectionMapping): Sql {
  const fields = new Map(fieldsOf(mapping).map((one) => [one.name, one]));
  return sql.join(
    mergedFields.map((name) => sql`${fields.get(name)?.read('d') ?? sql`null::text`} as ${sql.id(name)}`),
  );
}
