import { type RawBuilder, sql } from 'kysely';
import type { TableName } from '../domain/mapping.ts';

/** Names of tables and columns in SQL: they come from the validated configuration and are quoted. */

export function tableRef(table: TableName): RawBuilder<unknown> {
  return sql`${sql.id(table.schema, table.name)}`;
}

/** A table's name as SQL writes it and `to_regclass` reads it. */
export function quoted(table: TableName): string {
  return [table.schema, table.name].map(quotedName).join('.');
}

export function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function columnRef(alias: string, column: string): RawBuilder<unknown> {
  return sql`${sql.id(alias, column)}`;
}
