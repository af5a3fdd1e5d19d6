import { type RawBuilder, sql } from 'kysely';
import { tableRef } from '../../../database/identifiers.ts';
import { idText, lacksId } from '../../../database/row-ids.ts';
import { fieldOf, requiredField, timeFieldOf } from '../../../domain/mapped-fields.ts';
import type { CollectionMapping } from '../../../domain/mapping.ts';
import type { RowFieldName } from '../../../domain/row-fields.ts';
import type { ProfileFilter } from '../../ports/attribute-table.ts';
import { readInstant, textOf, writtenOf } from '../fields.ts';
import { hasReadableJson, inCollection } from '../scope.ts';

/** Lines of profiles as SQL, from the row `d`. */
type Sql<T = unknown> = RawBuilder<T>;

/** Columns of a line: whose it is, and what it says. */
export function lineColumns(mapping: CollectionMapping): Sql {
  const updated = timeFieldOf(mapping, 'updated_at');
  const instant = updated === null ? sql`null::timestamptz` : readInstant(writtenOf('d', updated), updated);
  return sql`${idText('d', mapping)} as id, ${textOf('d', mapping.partition)} as entity,
    ${typeOf(mapping)} as type, ${botOf(mapping)} as bot, ${categoryOf(mapping)} as category,
    ${textOf('d', requiredField(mapping, 'key'))} as key, ${textOf('d', requiredField(mapping, 'value'))} as value,
    ${instant} as updated`;
}

const typeOf = (mapping: CollectionMapping) => optional(mapping, 'entity_type', 'user');
const botOf = (mapping: CollectionMapping) => optional(mapping, 'bot', '');
const categoryOf = (mapping: CollectionMapping) => optional(mapping, 'category', 'misc');

function optional(mapping: CollectionMapping, name: RowFieldName, missing: string): Sql<string> {
  const field = fieldOf(mapping, name);
  if (field === null) return sql`${sql.lit(missing)}::text`;
  return sql`coalesce(nullif(${textOf('d', field)}, ''), ${sql.lit(missing)})`;
}

/** Whether the row is a line of a profile: it belongs to the collection, and can be read. */
export function isLine(mapping: CollectionMapping): Sql<boolean> {
  return sql`(${inCollection('d', mapping)} and not ${isUnreadable(mapping)}
    and ${textOf('d', mapping.partition)} is not null)`;
}

export function isUnreadable(mapping: CollectionMapping): Sql<boolean> {
  const [key, value] = [requiredField(mapping, 'key'), requiredField(mapping, 'value')];
  return sql`(${lacksId('d', mapping)} or not ${hasReadableJson('d', mapping)}
    or coalesce(${textOf('d', key)}, '') = '' or ${textOf('d', value)} is null)`;
}

export function isWanted(mapping: CollectionMapping, { entities, type, bot }: ProfileFilter): Sql<boolean> {
  const terms = [
    ...(entities === null ? [] : [sql`${textOf('d', mapping.partition)} = any(${[...entities]}::text[])`]),
    ...(type === null ? [] : [sql`${typeOf(mapping)} = ${type}`]),
    ...(bot === null ? [] : [sql`${botOf(mapping)} = ${bot}`]),
  ];
  return terms.length === 0 ? sql`true` : sql`(${sql.join(terms, sql` and `)})`;
}

export function linesOf(mapping: CollectionMapping, condition: Sql<boolean>): Sql {
  return sql`select ${lineColumns(mapping)} from ${tableRef(mapping.table)} d where ${isLine(mapping)} and ${condition}`;
}

/** The order in which lines are shown: a line that was written later follows. */
export const lineOrder = sql`updated nulls first, id collate "C"`;

/** A digest of lines that changes with each text and with their order, and with nothing else. */
export const dataDigest = sql<string>`encode(sha256(convert_to(coalesce(
  string_agg(jsonb_build_array(id, category, key, value)::text, e'\n' order by ${lineOrder}), ''), 'UTF8')), 'hex')`;

/** Lines as profiles. */
export function profilesOf(lines: Sql): Sql {
  return sql`select entity, type, bot, count(*)::int4 as lines, ${dataDigest} as data, max(updated) as written
    from (${lines}) l group by entity, type, bot`;
}

/**
 * Names a profile within its entity, as proposals keep it: the result of `JSON.stringify([type, bot])`. `jsonb` would
 * write a space after the comma.
 */
export const subjectSql = sql`('[' || to_json(type)::text || ',' || to_json(bot)::text || ']')`;
