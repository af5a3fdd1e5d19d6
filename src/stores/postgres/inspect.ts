import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { CollectionMapping, TableName, TimeType, VectorPlace } from '../../domain/mapping.ts';
import type { Db } from '../../state/schema.ts';
import type { ColumnInfo, Inspection, TableInfo } from '../ports/document-store.ts';
import { kindOfRelation } from './relation-kind.ts';
import { unseenEffects } from './unseen-effects.ts';

/** Compares the mapping with the live schema. Reads the catalogue only. */
export async function inspect(db: Db, mapping: CollectionMapping): Promise<Inspection> {
  const rows = await tableInfo(db, mapping.table);
  const chunkTable = mapping.vectors.in === 'table' ? mapping.vectors : null;
  const chunks = chunkTable === null ? null : await tableInfo(db, chunkTable.table);
  const problems = [
    ...(rows === null
      ? [await missingTable(db, mapping, mapping.table)]
      : missingColumns(rows, mapping.table, wantedColumns(mapping))),
    ...(chunkTable === null
      ? []
      : chunks === null
        ? [await missingTable(db, mapping, chunkTable.table)]
        : missingColumns(chunks, chunkTable.table, [chunkTable.id, chunkTable.document, chunkTable.vector])),
  ];
  if (rows !== null && problems.length === 0) {
    if (!rows.uniqueColumns.includes(mapping.id)) {
      problems.push(`${display(mapping.table)}.${mapping.id} has no unique index: an id must name one row`);
    }
    problems.push(...timeProblems(mapping, rows), ...(await unseenEffects(db, mapping)));
  }
  return { rows, chunks, problems, fingerprint: fingerprint(mapping, rows, chunks) };
}

export function display(table: TableName): string {
  return `${table.schema}.${table.name}`;
}

async function missingTable(db: Db, mapping: CollectionMapping, table: TableName): Promise<string> {
  const kind = await kindOfRelation(db, table);
  if (kind !== null) return `${display(table)} is ${kind}: map the table that holds its rows`;
  const hint = mapping.mapped ? 'check the mapping' : 'run `coppice migrate`';
  return `table ${display(table)} does not exist, or this role cannot see it: ${hint}`;
}

function missingColumns(info: TableInfo, table: TableName, wanted: readonly string[]): string[] {
  const names = new Set(info.columns.map((column) => column.name));
  return wanted.filter((name) => !names.has(name)).map((name) => `column ${display(table)}.${name} does not exist`);
}

function wantedColumns(mapping: CollectionMapping): string[] {
  const fields = [mapping.workspace, mapping.expiresAt, mapping.fetchedAt, ...mapping.filter];
  const described = [mapping.url, mapping.title, mapping.content, mapping.contentHash, mapping.quality];
  const columns = [...fields, ...described].flatMap((field) => (field === null ? [] : [field.column]));
  return [...new Set([mapping.id, ...columns, ...vectorColumns(mapping.vectors)])];
}

const timestamp = { timestamptz: 'timestamp with time zone', naive: 'timestamp without time zone' };
const typeOfColumn: Readonly<Record<string, TimeType>> = {
  [timestamp.timestamptz]: 'timestamptz',
  [timestamp.naive]: 'naive',
  date: 'date',
};

/** A column of another type would be converted by the session's time zone: a `date` would end as its day begins. */
function timeProblems(mapping: CollectionMapping, info: TableInfo): string[] {
  const fields = { expires_at: mapping.expiresAt, fetched_at: mapping.fetchedAt };
  return Object.entries(fields).flatMap(([setting, field]) => {
    if (field === null || field.keys.length > 0 || field.type === 'iso_text' || field.type === 'date') return [];
    const type = info.columns.find((column) => column.name === field.column)?.type.replace(/\(\d\)/, '') ?? '';
    if (type === timestamp[field.type]) return [];
    return [
      `${display(mapping.table)}.${field.column} is of type ${type}, but is mapped as ${field.type}: set ` +
        `collections.${mapping.name}.${setting}: {column: ${field.column}, type: ${typeOfColumn[type] ?? 'iso_text'}}`,
    ];
  });
}

function vectorColumns(place: VectorPlace): string[] {
  return place.in === 'row' ? [place.column] : [];
}

async function tableInfo(db: Db, table: TableName): Promise<TableInfo | null> {
  const { rows: columns } = await sql<ColumnInfo>`
    select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.attgenerated <> '' as generated
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${table.schema} and c.relname = ${table.name} and c.relkind in ('r', 'p')
      and a.attnum > 0 and not a.attisdropped
    order by a.attnum`.execute(db);
  if (columns.length === 0) return null;
  const { rows: unique } = await sql<{ name: string }>`
    select a.attname as name
    from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
      join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
    where n.nspname = ${table.schema} and c.relname = ${table.name}
      and i.indisunique and i.indnkeyatts = 1 and i.indpred is null and i.indisvalid`.execute(db);
  return { columns, uniqueColumns: unique.map((row) => row.name) };
}

/** Changes with the mapping and with the tables' columns: work surveyed under one is never carried out under another. */
function fingerprint(mapping: CollectionMapping, rows: TableInfo | null, chunks: TableInfo | null): string {
  const text = JSON.stringify([mapping, rows?.columns ?? null, chunks?.columns ?? null]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
