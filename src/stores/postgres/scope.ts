import { type RawBuilder, sql } from 'kysely';
import { idText } from '../../database/row-ids.ts';
import type { CollectionMapping } from '../../domain/mapping.ts';
import { idColumns, isComposite } from '../../domain/row-id.ts';
import { isReadableJson, textOf } from './fields.ts';
import { plainJsonColumns } from './schema/json-columns.ts';

/** Conditions for the rows of a collection, and of one of its documents. */

/** The mapping's static filter: rows outside it are no part of the collection. */
export function inCollection(alias: string, mapping: CollectionMapping): RawBuilder<boolean> {
  const terms = mapping.filter.map((term) => sql`${textOf(alias, term)} = any(${term.anyOf}::text[])`);
  return terms.length === 0 ? sql`true` : sql`(${sql.join(terms, sql` and `)})`;
}

/** Rows of the collection, and those of which nobody can tell whether they belong to it. */
export function isCounted(mapping: CollectionMapping): RawBuilder<boolean> {
  const belongs = inCollection('d', mapping);
  if (!mapping.filter.some((term) => term.plainJson === true)) return belongs;
  return sql`(${belongs} or not ${hasReadableJson('d', mapping)})`;
}

/** Whether every `json` column that the mapping reads can be read. */
export function hasReadableJson(alias: string, mapping: CollectionMapping): RawBuilder<boolean> {
  const terms = plainJsonColumns(mapping).map((column) => isReadableJson(alias, column));
  return terms.length === 0 ? sql`true` : sql`(${sql.join(terms, sql` and `)})`;
}

/** The name of the document that a row belongs to. A row that names none is one by itself. */
export function documentKey(alias: string, mapping: CollectionMapping): RawBuilder<string> {
  const id = idText(alias, mapping);
  if (mapping.document === null) return id;
  const document = textOf(alias, mapping.document);
  return isPartOfId(mapping) ? sql`${document}` : sql`coalesce(${document}, ${id})`;
}

/** Whether the document is named by one of several id columns: it is never absent, and the index of the key serves. */
export function isPartOfId(mapping: CollectionMapping): boolean {
  const { document } = mapping;
  return (
    document !== null &&
    document.keys.length === 0 &&
    isComposite(mapping) &&
    idColumns(mapping).includes(document.column)
  );
}
