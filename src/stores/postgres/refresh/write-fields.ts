import { type RawBuilder, sql } from 'kysely';
import { columnRef } from '../../../database/identifiers.ts';
import type { Field, TimeField } from '../../../domain/mapping.ts';
import { castType, type TypedColumn } from '../schema/column-type.ts';

/** One field and what it shall say: as text, and as JSON where it is a key of a JSON column. */
export interface FieldValue {
  readonly field: Field;
  readonly text: RawBuilder<unknown>;
  readonly json: RawBuilder<unknown>;
}

/** `value` is text. */
export function textValue(field: Field, value: RawBuilder<unknown>): FieldValue {
  return { field, text: value, json: sql`to_jsonb(${value})` };
}

/** `value` is text that says a number. */
export function numberValue(field: Field, value: RawBuilder<unknown>): FieldValue {
  return { field, text: value, json: sql`to_jsonb(${value}::numeric)` };
}

/** An instant in the way that the field's times are written. */
export function timeValue(field: TimeField, instant: RawBuilder<unknown>): FieldValue {
  const text = timeText(field, instant);
  return isEpoch(field) ? numberValue(field, text) : textValue(field, text);
}

function isEpoch({ type }: TimeField): boolean {
  return type === 'epoch_s' || type === 'epoch_ms';
}

function timeText(field: TimeField, instant: RawBuilder<unknown>): RawBuilder<unknown> {
  const utc = sql`(${instant} at time zone 'UTC')`;
  switch (field.type) {
    case 'timestamptz':
    case 'iso_text':
      return sql`to_char(${utc}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
    case 'naive':
      return sql`to_char(${instant} at time zone ${field.zone}, 'YYYY-MM-DD"T"HH24:MI:SS.MS')`;
    case 'date':
      return sql`to_char(${utc}, 'YYYY-MM-DD')`;
    // Whole numbers, which every column that holds such a time takes.
    case 'epoch_s':
      return sql`floor(extract(epoch from ${instant}))::text`;
    case 'epoch_ms':
      return sql`floor(extract(epoch from ${instant}) * 1000)::text`;
  }
}

/**
 * The assignments after `set` in an update of the row `d`. Fields that are keys of the same JSON column make one
 * assignment, in which every other key keeps its value; objects on the way to a key are made where they are missing.
 */
export function assignments(values: readonly FieldValue[], columns: readonly TypedColumn[]): RawBuilder<unknown> {
  return sql.join([...columnValues(values, columns)].map(([column, value]) => sql`${sql.id(column)} = ${value}`));
}

/** The new value of each column of the row `d` that a field is written to. */
export function columnValues(
  values: readonly FieldValue[],
  columns: readonly TypedColumn[],
): ReadonlyMap<string, RawBuilder<unknown>> {
  const byColumn = Map.groupBy(values, (value) => value.field.column);
  return new Map(
    [...byColumn].map(([column, own]) => {
      const type = sql.raw(castType(columns, column));
      const [first] = own;
      const value = first === undefined || first.field.keys.length > 0 ? inJson(column, own) : first.text;
      return [column, sql`(${value})::${type}`];
    }),
  );
}

function inJson(column: string, values: readonly FieldValue[]): RawBuilder<unknown> {
  const standing = sql`${columnRef('d', column)}::jsonb`;
  const parents = new Map<string, readonly string[]>();
  for (const { field } of values) {
    for (let depth = 1; depth < field.keys.length; depth++) {
      const path = field.keys.slice(0, depth);
      parents.set(JSON.stringify(path), path);
    }
  }
  let whole: RawBuilder<unknown> = sql`coalesce(nullif(${standing}, 'null'::jsonb), '{}'::jsonb)`;
  // The shortest path first. An existing value stays, so objects are made only where there is nothing.
  for (const path of [...parents.values()].sort((a, b) => a.length - b.length)) {
    const there = sql`coalesce(nullif(${standing} #> ${path}::text[], 'null'::jsonb), '{}'::jsonb)`;
    whole = sql`jsonb_set(${whole}, ${path}::text[], ${there})`;
  }
  for (const { field, json } of values) whole = sql`jsonb_set(${whole}, ${field.keys}::text[], ${json})`;
  return whole;
}
