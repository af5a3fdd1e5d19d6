import { sql } from 'kysely';
import { quoted } from '../../../database/identifiers.ts';
import type { Db } from '../../../database/schema.ts';
import type { TimeField } from '../../../domain/mapping.ts';
import { display } from '../schema/table-info.ts';
import type { PostgresMapping } from './scope.ts';

/** Why `archive-facts` cannot mark facts in that column, a sentence each. Reads the catalogue only. */
export async function archivedProblems(
  db: Db,
  { name, accept, place: { relations } }: PostgresMapping,
  { column }: TimeField,
): Promise<string[]> {
  const table = display(relations.table);
  const { rows } = await sql<{ required: boolean; generated: boolean }>`
    select attnotnull as required, attgenerated <> '' as generated from pg_attribute
    where attrelid = to_regclass(${quoted(relations.table)}) and attname = ${column} and not attisdropped`.execute(db);
  const { rows: triggers } = await sql<{ name: string }>`select tgname as name from pg_trigger
    where tgrelid = to_regclass(${quoted(relations.table)}) and not tgisinternal and tgenabled in ('O', 'A')
      and tgtype & 16 <> 0 and (tgattr::text = '' or (select attnum from pg_attribute
        where attrelid = tgrelid and attname = ${column}) = any(tgattr::int2[]))
    order by 1`.execute(db);
  const setting = `check graphs.${name}.relations.archived_at`;
  return [
    ...rows.flatMap(({ required, generated }) => [
      ...(required
        ? [`${table}.${column} does not allow null, which a fact that is not archived has: ${setting}`]
        : []),
      ...(generated ? [`${table}.${column} is generated, and cannot be written: ${setting}`] : []),
    ]),
    ...triggers
      .filter((trigger) => !accept.includes(trigger.name))
      .map(
        (trigger) =>
          `updating ${table} fires trigger ${trigger.name}, which the ledger would not see and undo could not put back; ` +
          `if that is meant, accept it: graphs.${name}.accept: [${trigger.name}]`,
      ),
  ];
}
