import { type RawBuilder, sql } from 'kysely';
import { quoted } from '../../../database/identifiers.ts';
import type { Db } from '../../../database/schema.ts';
import { fieldOf } from '../../../domain/mapped-fields.ts';
import type { CollectionMapping } from '../../../domain/mapping.ts';
import type { RowFieldName } from '../../../domain/row-fields.ts';
import { idColumns } from '../../../domain/row-id.ts';
import { display } from '../schema/table-info.ts';
import type { LiveTable } from '../table.ts';

/**
 * Where a new row has its id from: `default` of the column, `made` here, or `row`: from the values of the row, because the id
 * consists of the entity and the key.
 */
export type IdSource = 'default' | 'made' | 'row';

const written: readonly RowFieldName[] = ['category', 'key', 'value'];

/** `null`: no new row could have an id. */
export async function idSources(db: Db, { mapping, rows }: LiveTable): Promise<ReadonlyMap<string, IdSource> | null> {
  const names = idColumns(mapping);
  const defaults = await columnsWithDefault(db, mapping);
  const ownColumns = new Set(written.flatMap((name) => columnOf(mapping, name)));
  if (names.length > 1 && names.some((name) => ownColumns.has(name))) {
    return new Map(names.map((name) => [name, 'row']));
  }
  const sources = names.map((name): [string, IdSource] | null => {
    if (defaults.has(name)) return [name, 'default'];
    const type = rows.columns.find((column) => column.name === name)?.type ?? '';
    return /^(uuid|text|character varying)/.test(type) && names.length === 1 ? [name, 'made'] : null;
  });
  return sources.includes(null) ? null : new Map(sources.filter((one) => one !== null));
}

/** Returns the columns that new rows cannot be given, a sentence each. */
export async function writeProblems(db: Db, table: LiveTable): Promise<string[]> {
  const { mapping } = table;
  const problems: string[] = [];
  if ((await idSources(db, table)) === null) {
    problems.push(
      `${display(mapping.table)}.${idColumns(mapping).join(', ')} has no default: a consolidated attribute is a new row, and ` +
        'nothing gives it an id. Give the column a default',
    );
  }
  if (mapping.children !== undefined) {
    problems.push('attributes with tables under `children` cannot be consolidated: nothing says what of them follows');
  }
  return problems;
}

/** A new id for a column that has no default. */
export const madeId: RawBuilder<unknown> = sql`gen_random_uuid()::text`;

function columnOf(mapping: CollectionMapping, name: RowFieldName): string[] {
  const field = fieldOf(mapping, name);
  return field === null || field.keys.length > 0 ? [] : [field.column];
}

async function columnsWithDefault(db: Db, { table }: CollectionMapping): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ name: string }>`
    select attname as name from pg_attribute
    where attrelid = to_regclass(${quoted(table)}) and attnum > 0 and (atthasdef or attidentity <> '')`.execute(db);
  return new Set(rows.map(({ name }) => name));
}
