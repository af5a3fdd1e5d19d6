import { type RawBuilder, sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import { idText } from '../../../database/row-ids.ts';
import { fieldOf } from '../../../domain/mapped-fields.ts';
import type { CollectionMapping, Field } from '../../../domain/mapping.ts';
import type { Rule } from '../../../domain/rules/index.ts';
import { isReadableJson, textOf } from '../fields.ts';
import { inCollection } from '../scope.ts';
import { storedInto } from './stored-values.ts';

type Sql<T = unknown> = RawBuilder<T>;

/** Links of memories: ids of other memories of the same user, in an array column or in a JSON array. */

export function linksOf(mapping: CollectionMapping): Field | null {
  return fieldOf(mapping, 'links');
}

/** Whether the rule spares rows that other rows link to: these are looked up once more before a row is removed. */
export function sparesLinked(rule: Rule, mapping: CollectionMapping): boolean {
  return rule.kind === 'cleanup' && linksOf(mapping) !== null;
}

function isArrayColumn({ keys, columnType }: Field): boolean {
  return keys.length === 0 && columnType?.endsWith('[]') === true;
}

/** The links of a row as a JSON value; SQL null where there are none. */
export function jsonLinks(alias: string, field: Field): Sql {
  const column = columnRef(alias, field.column);
  if (field.keys.length > 0) {
    const value = sql`(${column}::jsonb #> ${field.keys}::text[])`;
    return field.plainJson === true ? sql`(case when ${isReadableJson(alias, field.column)} then ${value} end)` : value;
  }
  if (isArrayColumn(field)) return sql`to_jsonb(${column})`;
  if (field.columnType === 'jsonb') return column;
  const text = textOf(alias, field);
  return sql`(case when pg_input_is_valid(${text}, 'jsonb') then ${text}::jsonb end)`;
}

/** The value of the column of links with these in place of its own, which are given as the text of a JSON array, or null. */
export function linksInto(field: Field, column: Sql, text: Sql): Sql {
  if (!isArrayColumn(field)) return storedInto(field, column, text);
  return sql`(case when ${text} is not null
    then array(select jsonb_array_elements_text(${text}::jsonb))::text[]::${sql.raw(field.columnType ?? 'text[]')} end)`;
}

/** The ids that a row links to, as rows of one text column. */
function linkedIds(alias: string, field: Field): Sql {
  const links = jsonLinks(alias, field);
  return sql`jsonb_array_elements_text(case when jsonb_typeof(${links}) = 'array' then ${links} else '[]' end)`;
}

/** Every link of the collection with its `partition`, the row that has it (`source`, the row `m`) and the linked id (`target`). */
export function linkEdges(mapping: CollectionMapping, field: Field, more: Sql, where: Sql<boolean>): Sql {
  const source = idText('m', mapping);
  return sql`select ${textOf('m', mapping.partition)} as partition, ${source} as source, l.target ${more}
    from ${tableRef(mapping.table)} m cross join lateral ${linkedIds('m', field)} l (target)
    where ${columnRef('m', field.column)} is not null and ${inCollection('m', mapping)} and l.target <> ${source} and ${where}`;
}
