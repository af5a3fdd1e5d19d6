import { sql } from 'kysely';
import { quoted } from '../../../database/identifiers.ts';
import type { Db } from '../../../database/schema.ts';
import type { TableName } from '../../../domain/mapping.ts';
import { display, isUniqueTogether, tableInfo } from '../schema/table-info.ts';
import { effectsOfTables, unaccepted } from '../schema/unseen-effects.ts';
import type { PostgresMapping } from './scope.ts';

/** Why `archive-facts` cannot move facts to that table and back, a sentence each. Reads the catalogue only. */
export async function archiveTableProblems(
  db: Db,
  { name, accept, place: { relations } }: PostgresMapping,
  table: TableName,
): Promise<string[]> {
  const archive = display(table);
  const setting = `check graphs.${name}.relations.archive_table`;
  const [from, to] = [await tableInfo(db, relations.table), await tableInfo(db, table)];
  // `inspect` names a table of relations that is missing.
  if (from === null) return [];
  if (to === null) return [`table ${archive} does not exist, or this role cannot see it: ${setting}`];
  const columns = new Map(to.columns.map((column) => [column.name, column]));
  const misfits = from.columns.flatMap((column) => {
    if (column.generated) return [];
    const own = columns.get(column.name);
    const source = `${display(relations.table)}.${column.name}`;
    if (own === undefined) return [`column ${archive}.${column.name} does not exist, and ${source} does: ${setting}`];
    if (own.generated) return [`${archive}.${column.name} is generated, and cannot hold ${source}: ${setting}`];
    if (own.type === column.type) return [];
    return [`${archive}.${column.name} is of type ${own.type}, and ${source} of type ${column.type}: ${setting}`];
  });
  const names = from.columns.map((column) => column.name);
  const key = [relations.group, relations.id];
  const hasKey = key.every((column) => columns.has(column));
  return [
    ...misfits,
    ...(await requiredColumns(db, table, names)).map(
      (column) => `${archive}.${column} is required and has no default, which a fact has no value for: ${setting}`,
    ),
    ...(hasKey && !isUniqueTogether(to, key)
      ? [`${archive} has no unique index on ${key.join(', ')} or fewer of them: an id must name one row of it`]
      : []),
    ...(await referencesTo(db, table, relations.table)).map(
      (one) => `foreign key ${one} of ${archive} keeps facts in ${display(relations.table)}: drop it, or ${setting}`,
    ),
    ...unaccepted(await effectsOfTables(db, [table]), accept, `graphs.${name}.accept`),
  ];
}

async function requiredColumns(db: Db, table: TableName, given: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select attname as name from pg_attribute
    where attrelid = to_regclass(${quoted(table)}) and attnum > 0 and not attisdropped and attnotnull
      and not atthasdef and attidentity = '' and attname <> all(${[...given]}::text[]) order by attnum`.execute(db);
  return rows.map(({ name }) => name);
}

async function referencesTo(db: Db, table: TableName, other: TableName): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select conname as name from pg_constraint
    where contype = 'f' and conrelid = to_regclass(${quoted(table)}) and confrelid = to_regclass(${quoted(other)})
    order by 1`.execute(db);
  return rows.map(({ name }) => name);
}
