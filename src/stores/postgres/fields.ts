import { type RawBuilder, sql } from 'kysely';
import { columnRef, tableRef } from '../../database/identifiers.ts';
import type { Field, TimeField } from '../../domain/mapping.ts';

/**
 * Fields of a mapped row as SQL. Values are bound.
 */
type Sql<T> = RawBuilder<T>;

/** The field as text, or SQL null. */
export function textOf(alias: string, field: Field): Sql<string | null> {
  const column = columnRef(alias, field.column);
  if (field.through !== undefined) {
    const { table, key, value } = field.through;
    return sql`(select ${columnRef('f', value)}::text from ${tableRef(table)} f where ${columnRef('f', key)} = ${column})`;
  }
  if (field.keys.length === 0) return sql`${column}::text`;
  const value = sql<string | null>`(${column} #>> ${field.keys}::text[])`;
  return field.plainJson === true ? sql`(case when ${isReadableJson(alias, field.column)} then ${value} end)` : value;
}

/**
 * Whether the value of a `json` column can be read. PostgreSQL stores `\u0000` and lone surrogates in such a column as
 * they were written, and fails on every read of the value. Both are written with `\u`, so few values need the full check.
 */
export function isReadableJson(alias: string, column: string): Sql<boolean> {
  const text = sql`${columnRef(alias, column)}::text`;
  return sql`(coalesce(strpos(${text}, ${sql.lit('\\u')}), 0) = 0 or pg_input_is_valid(${text}, 'jsonb'))`;
}

const isoInstant = '^\\d{4}-\\d{2}-\\d{2}([T ]\\d{2}:\\d{2}(:\\d{2}(\\.\\d+)?)?)?( ?(Z|z|[+-]\\d{2}(:?\\d{2})?))?$';
const isoZone = '(Z|z|[T ].*[+-]\\d{2}(:?\\d{2})?)$';

/**
 * The stored value of a field: the column itself where its type is a point in time, else text. An empty text is no date
 * at all.
 */
export function writtenOf(alias: string, field: TimeField): Sql<unknown> {
  return isNative(field) ? columnRef(alias, field.column) : sql`nullif(${textOf(alias, field)}, '')`;
}

function isNative(field: TimeField): boolean {
  return field.keys.length === 0 && (field.type === 'timestamptz' || field.type === 'naive');
}

/**
 * The stored value as an instant, or SQL null where it is absent or cannot be read. `infinity` is never reached;
 * `-infinity` is no date of a document, and would make it expire.
 */
export function readInstant(written: Sql<unknown>, field: TimeField): Sql<Date | null> {
  if (isNative(field)) {
    const finite = sql<Date | null>`nullif(${written}, '-infinity')`;
    return field.type === 'naive' ? sql`(${finite} at time zone ${field.zone})` : finite;
  }
  const text = sql<string | null>`${written}`;
  if (field.type === 'epoch_s' || field.type === 'epoch_ms') return readEpoch(text, field.type);
  if (field.type !== 'date') return readIso(text, field.zone);
  // A date lasts through its UTC day: it ends when the next one begins.
  return sql`(case when ${text} like '____-__-__' then ${readPlainDate(text)}
    else (date_trunc('day', ${readIso(text, 'UTC')} at time zone 'UTC') + interval '1 day') at time zone 'UTC' end)`;
}

/**
 * The end of a day that is written as nothing but a date, as most are: a third of the time that reading any form takes. The
 * shape alone is not enough: `June-01-20` is valid input too.
 */
function readPlainDate(text: Sql<string | null>): Sql<Date | null> {
  return sql`case when translate(${text}, '0123456789', '') = '--' and pg_input_is_valid(${text}, 'date')
      then (${text}::date + 1)::timestamp at time zone 'UTC' end`;
}

/**
 * Text is only cast once it looks like ISO 8601 and the server says that the cast cannot fail: `now`, `infinity` and the
 * like are valid input to PostgreSQL and no dates of a document.
 */
function readIso(text: Sql<string | null>, zone: string): Sql<Date | null> {
  return sql`(case when ${text} ~ ${sql.lit(isoInstant)} and pg_input_is_valid(${text}, 'timestamptz')
    then case when ${text} ~ ${sql.lit(isoZone)} then ${text}::timestamptz
      else ${text}::timestamp at time zone ${zone} end end)`;
}

const decimalNumber = '^[+-]?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?$';
/** The end of what a timestamp of PostgreSQL can hold, in seconds since 1970: the year 294277. */
const afterLastSecond = 9_224_318_016_000;

/**
 * A number of seconds or milliseconds since 1970. Zero and negative numbers are unreadable, because applications write them
 * for "never" and no document expired before 1970. So is what a timestamp cannot hold, which includes NaN and both
 * infinities: `to_timestamp` would fail, or make minus infinity of it.
 */
function readEpoch(text: Sql<string | null>, type: 'epoch_s' | 'epoch_ms'): Sql<Date | null> {
  const seconds = type === 'epoch_s' ? sql`${text}::float8` : sql`${text}::float8 / 1000`;
  return sql`(case when ${text} ~ ${sql.lit(decimalNumber)} and pg_input_is_valid(${text}, 'float8')
    then case when ${seconds} > 0 and ${seconds} < ${sql.lit(afterLastSecond)}
      then to_timestamp(${seconds}) end end)`;
}

/** The stored date as text that does not depend on a session's settings, as holds keep it. */
export function rememberedDate(written: Sql<unknown> | null, field: TimeField | null): Sql<string> {
  if (field === null || written === null) return sql`''`;
  return isNative(field) ? sql`coalesce(extract(epoch from ${written})::text, '')` : sql`coalesce(${written}, '')`;
}
