import { type RawBuilder, sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import type { Db } from '../../../database/schema.ts';
import { childMembers } from '../../../domain/children.ts';
import { isTimeField, kindOf, mappedFields } from '../../../domain/mapped-fields.ts';
import type { CollectionMapping, Field, TimeField } from '../../../domain/mapping.ts';
import { idColumns } from '../../../domain/row-id.ts';
import type { Inspection, TableInfo } from '../../../stores/ports/inspection.ts';
import { isReadableJson, readInstant, textOf, writtenOf } from '../../../stores/postgres/fields.ts';
import { withPlainJson } from '../../../stores/postgres/schema/json-columns.ts';

/** Results of reading one setting of the mapping: types and counts, never content. */
export interface FieldReport {
  /** The key in `coppice.yaml`. */
  readonly field: string;
  /** Column, or column and keys. */
  readonly reads: string;
  readonly type: string;
  /** `null` where nothing was looked at: fields that no job reads, or a role that may not. */
  readonly sample: FieldSample | null;
}

export interface FieldSample {
  readonly rows: number;
  readonly present: number;
  /** Types found under a JSON path, with how often. */
  readonly json_types: Readonly<Record<string, number>> | null;
  /** Dates that cannot be read, and so never expire. */
  readonly unreadable: number | null;
}

const sampleRows = 1000;
const insufficientPrivilege = '42501';

export async function fieldReports(
  db: Db,
  own: CollectionMapping,
  info: TableInfo,
  { chunks, children }: Pick<Inspection, 'chunks' | 'children'>,
): Promise<FieldReport[]> {
  const typeOf = (column: string) => info.columns.find((one) => one.name === column)?.type ?? 'missing';
  const report = (field: string, at: Field, sample: FieldSample | null = null): FieldReport => ({
    field,
    reads: [[at.column, ...at.keys].join('.'), ...throughOf(at)].join(' → '),
    type: typeOf(at.column),
    sample,
  });
  const looked = async (name: string, at: Field, time: TimeField | null) =>
    report(name, at, await sample(db, mapping, at, time, /^jsonb?$/.test(typeOf(at.column))));
  const mapping = withPlainJson(own, info);
  const id = idColumns(mapping);
  const found = [
    { field: 'id', reads: id.join(', '), type: id.map(typeOf).join(', '), sample: null },
    await looked(kindOf(mapping) === 'documents' ? 'workspace' : 'user', mapping.partition, null),
  ];
  const fields = mappedFields(mapping);
  for (const { name, field } of fields) {
    if (isTimeField(field)) found.push(await looked(name, field, field));
    else if (name === 'document') found.push(await looked(name, field, null));
  }
  for (const at of mapping.filter) found.push(await looked('filter', at, null));
  for (const { name, field } of fields) {
    if (!isTimeField(field) && name !== 'document') found.push(report(name, field));
  }
  if (mapping.vectors.in === 'row') found.push(report('vectors', { column: mapping.vectors.column, keys: [] }));
  return [...found, ...chunkFields(mapping, chunks), ...childFields(mapping, children)];
}

/** Times of which no sampled value can be read, a sentence each: with such a mapping nothing ever expires. */
export function unreadableFields(collection: string, reports: readonly FieldReport[]): string[] {
  return reports.flatMap(({ field, reads, sample }) => {
    const { present = 0, unreadable = 0 } = sample ?? {};
    if (unreadable === null || unreadable === 0 || unreadable < present) return [];
    return [
      `${field}: none of ${unreadable} sampled values of ${reads} can be read as the mapped type, so none ever expires: ` +
        `set the type in collections.${collection}.${field} (numbers are epoch_s or epoch_ms)`,
    ];
  });
}

function chunkFields({ vectors }: CollectionMapping, chunks: TableInfo | null): FieldReport[] {
  if (vectors.in !== 'table' || chunks === null) return [];
  const { id, document, text, vector } = vectors;
  return Object.entries({ id, document, text, vector }).flatMap(([name, column]) => {
    const type = chunks.columns.find((one) => one.name === column)?.type;
    // The text is for loading alone: an application's table may have none.
    if (type === undefined) return [];
    return [{ field: `vectors.${name}`, reads: `${vectors.table.name}.${column}`, type, sample: null }];
  });
}

/** How the rows of each child table name the row that they belong to. */
function childFields(mapping: CollectionMapping, infos: Inspection['children']): FieldReport[] {
  return childMembers(mapping).flatMap(({ child }, at) =>
    child.parent.map(({ field, column }) => ({
      field: 'children.parent',
      reads: `${child.table.name}.${[field.column, ...field.keys].join('.')} → ${column}`,
      type: infos[at]?.columns.find((one) => one.name === field.column)?.type ?? 'missing',
      sample: null,
    })),
  );
}

function throughOf({ through }: Field): string[] {
  return through === undefined ? [] : [`${through.table.schema}.${through.table.name}.${through.value}`];
}

/** Looks at some rows, whichever come first: of the whole table a survey tells. */
async function sample(
  db: Db,
  mapping: CollectionMapping,
  at: Field,
  time: TimeField | null,
  json: boolean,
): Promise<FieldSample | null> {
  const text = textOf('d', at);
  const type: RawBuilder<string | null> =
    json && at.keys.length > 0
      ? sql`case when ${at.plainJson === true ? isReadableJson('d', at.column) : sql`true`}
          then jsonb_typeof(${columnRef('d', at.column)}::jsonb #> ${at.keys}::text[]) end`
      : sql`null::text`;
  const unreadable =
    time === null
      ? sql`false`
      : sql`(${writtenOf('d', time)} is not null and ${readInstant(writtenOf('d', time), time)} is null)`;
  try {
    const { rows } = await sql<{ type: string | null; rows: number; present: number; unreadable: number }>`
      select type, count(*)::int8 as rows, count(*) filter (where present)::int8 as present,
        count(*) filter (where unreadable)::int8 as unreadable
      from (select ${type} as type, coalesce(${text}, '') <> '' as present, ${unreadable} as unreadable
        from ${tableRef(mapping.table)} d limit ${sql.lit(sampleRows)}) sampled
      group by type order by type`.execute(db);
    const sum = (key: 'rows' | 'present' | 'unreadable') => rows.reduce((all, row) => all + row[key], 0);
    const types = rows.flatMap((row) => (row.type === null ? [] : [[row.type, row.rows] as const]));
    return {
      rows: sum('rows'),
      present: sum('present'),
      json_types: at.keys.length > 0 ? Object.fromEntries(types) : null,
      unreadable: time === null ? null : sum('unreadable'),
    };
  } catch (error) {
    // A role that may not read this column: the privileges say so.
    if (error instanceof Error && 'code' in error && error.code === insufficientPrivilege) return null;
    throw error;
  }
}
