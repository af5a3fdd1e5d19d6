import { type RawBuilder, sql } from 'kysely';
import type { Field, TableName, TimeField } from '../../domain/mapping.ts';

/**
 * Fields of a mapped row as SQL. Identifiers come from the validated configuration and are quoted; values are bound.
 */
type Sql<T> = RawBuilder<T>;

export function tableRef(table: TableName): Sql<unknown> {
  return sql`${sql.id(table.schema, table.name)}`;
}

export function columnRef(alias: string, column: string): Sql<unknown> {
  return sql`${sql.id(alias, column)}`;
}

/** The field as text, or SQL null. */
export function textOf(alias: string, field: Field): Sql<string | null> {
  const column = columnRef(alias, field.column);
  return field.keys.length === 0 ? sql`${column}::text` : sql`(${column} #>> ${field.keys}::text[])`;
}

const isoInstant = '^\\d{4}-\\d{2}-\\d{2}([T ]\\d{2}:\\d{2}(:\\d{2}([.,]\\d+)?)?)?( ?(Z|z|[+-]\\d{2}(:?\\d{2})?))?$';
const isoZone = '(Z|z|[T ].*[+-]\\d{2}(:?\\d{2})?)$';

/**
 * The field as an instant, or SQL null where it is absent or cannot be read. Text is only cast once it looks like
 * ISO 8601 and the server says that the cast cannot fail: `now`, `infinity` and the like are valid input to PostgreSQL
 * and no dates of a document.
 */
export function instantOf(alias: string, field: TimeField): Sql<Date | null> {
  if (field.type === 'timestamptz' && field.keys.length === 0) return sql`${columnRef(alias, field.column)}`;
  if (field.type === 'naive' && field.keys.length === 0) {
    return sql`(${columnRef(alias, field.column)} at time zone ${field.zone})`;
  }
  const text = textOf(alias, field);
  if (field.type === 'date') {
    // A date lasts through its UTC day: it ends when the next one begins.
    return sql`(case when ${text} ~ '^\\d{4}-\\d{2}-\\d{2}' and pg_input_is_valid(left(${text}, 10), 'date')
      then (left(${text}, 10)::date + 1)::timestamp at time zone 'UTC' end)`;
  }
  return sql`(case when ${text} ~ ${sql.lit(isoInstant)} and pg_input_is_valid(${text}, 'timestamptz')
    then case when ${text} ~ ${sql.lit(isoZone)} then ${text}::timestamptz
      else ${text}::timestamp at time zone ${field.zone} end end)`;
}

/** The date as written, as text that does not depend on a session's settings: what a hold remembers. */
export function writtenDate(alias: string, field: TimeField | null): Sql<string> {
  if (field === null) return sql`''`;
  if (field.keys.length === 0 && (field.type === 'timestamptz' || field.type === 'naive')) {
    return sql`coalesce(extract(epoch from ${columnRef(alias, field.column)})::text, '')`;
  }
  return sql`coalesce(${textOf(alias, field)}, '')`;
}
