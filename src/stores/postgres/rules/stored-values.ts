import { type RawBuilder, sql } from 'kysely';
import { columnRef } from '../../../database/identifiers.ts';
import type { Field } from '../../../domain/mapping.ts';
import { textOf } from '../fields.ts';

type Sql<T = unknown> = RawBuilder<T>;

/** Numbers in a column of any type, or under a key of a JSON column. */

/** The field as it is stored: JSON text under a key, so that `"1"` and `1` are told apart. */
export function storedOf(alias: string, field: Field): Sql<string | null> {
  if (field.keys.length === 0) return textOf(alias, field);
  return sql`(${columnRef(alias, field.column)}::jsonb #> ${field.keys}::text[])::text`;
}

/** The field as a finite number; SQL null where it is absent or cannot be read. */
export function numberOf(text: Sql): Sql<number | null> {
  const number = sql`${text}::float8`;
  return sql`(case when pg_input_is_valid(${text}, 'float8') and ${number} > '-Infinity' and ${number} < 'Infinity'
    then ${number} end)`;
}

/**
 * A number as the field would store it in place of `former`: an integer column rounds, a `real` has seven digits, and what
 * is JSON text stays JSON text.
 */
export function numberAsStored(field: Field, number: Sql, former: Sql): Sql<string> {
  if (field.keys.length > 0) {
    const value = sql`to_jsonb(${number}::numeric)::text`;
    return sql`(case when ${former} like '"%' then '"' || ${value} || '"' else ${value} end)`;
  }
  return sql`(${number})::${sql.raw(field.columnType ?? 'float8')}::text`;
}

/** Assigns to the field of the row `d` what `storedOf` returns. */
export function storeText(field: Field, text: Sql): Sql {
  return sql`${sql.id(field.column)} = ${storedInto(field, columnRef('d', field.column), text)}`;
}

/** The value of the field's column with the field set to what `storedOf` returns; without the key where that is null. */
export function storedInto(field: Field, column: Sql, text: Sql): Sql {
  if (field.keys.length === 0) return sql`${text}::${sql.raw(field.columnType ?? 'text')}`;
  const set = sql`jsonb_set(${column}::jsonb, ${field.keys}::text[], ${text}::jsonb)`;
  return sql`(case when ${text} is null then ${column}::jsonb #- ${field.keys}::text[] else ${set} end)::${sql.raw(
    field.columnType ?? 'jsonb',
  )}`;
}
