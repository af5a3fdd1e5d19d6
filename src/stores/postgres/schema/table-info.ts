import { sql } from 'kysely';
import type { Db } from '../../../database/schema.ts';
import type { CollectionMapping, TableName } from '../../../domain/mapping.ts';
import type { ColumnInfo, TableInfo } from '../../ports/inspection.ts';
import { kindOfRelation } from './relation-kind.ts';

export function display(table: TableName): string {
  return `${table.schema}.${table.name}`;
}

/** `null` when there is no such table, or this role cannot see it. */
export async function tableInfo(db: Db, table: TableName): Promise<TableInfo | null> {
  const { rows: columns } = await sql<ColumnInfo>`
    select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.attgenerated <> '' as generated
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${table.schema} and c.relname = ${table.name} and c.relkind in ('r', 'p')
      and a.attnum > 0 and not a.attisdropped
    order by a.attnum`.execute(db);
  if (columns.length === 0) return null;
  const { rows: unique } = await sql<{ names: string[] }>`
    select (select jsonb_agg(a.attname) from unnest(i.indkey::int2[]) with ordinality key (no, at)
      join pg_attribute a on a.attrelid = c.oid and a.attnum = key.no where key.at <= i.indnkeyatts) as names
    from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${table.schema} and c.relname = ${table.name}
      and i.indisunique and i.indexprs is null and i.indpred is null and i.indisvalid`.execute(db);
  const keys = unique.map(({ names }) => names);
  return { columns, uniqueKeys: keys, uniqueColumns: keys.flatMap((names) => (names.length === 1 ? names : [])) };
}

/** Whether no two rows agree in all of the columns. */
export function isUniqueTogether({ uniqueKeys }: TableInfo, columns: readonly string[]): boolean {
  return uniqueKeys.some((key) => key.every((name) => columns.includes(name)));
}

export async function missingTable(db: Db, mapping: CollectionMapping, table: TableName): Promise<string> {
  const kind = await kindOfRelation(db, table);
  if (kind !== null) return `${display(table)} is ${kind}: map the table that holds its rows`;
  const hint = mapping.mapped ? 'check the mapping' : 'run `coppice migrate`';
  return `table ${display(table)} does not exist, or this role cannot see it: ${hint}`;
}

export function missingColumns(info: TableInfo, table: TableName, wanted: readonly string[]): string[] {
  const names = new Set(info.columns.map((column) => column.name));
  return wanted.filter((name) => !names.has(name)).map((name) => `column ${display(table)}.${name} does not exist`);
}
