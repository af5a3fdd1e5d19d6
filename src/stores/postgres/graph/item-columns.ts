import { type RawBuilder, sql } from 'kysely';
import { columnRef } from '../../../database/identifiers.ts';
import type { GraphTable } from '../../../domain/graph-mapping.ts';
import type { TimeField } from '../../../domain/mapping.ts';
import { readInstant, rememberedDate, writtenOf } from '../fields.ts';

/** JSON of document and entity, exactly as `mentionId` writes it: without white space. */
export function mentionKey(
  alias: string,
  { document, entity }: { readonly document: string; readonly entity: string },
): RawBuilder<string> {
  const [left, right] = [document, entity].map((column) => sql`to_json(${columnRef(alias, column)}::text)::text`);
  return sql`('[' || ${left} || ',' || ${right} || ']')`;
}

export function instant(alias: string, field: TimeField | null): RawBuilder<Date | null> {
  return field === null ? sql`null::timestamptz` : readInstant(writtenOf(alias, field), field);
}

/** An item's own dates as written: what a hold remembers. */
export function datesText(alias: string, { createdAt, deprecatedAt }: Omit<GraphTable, 'id'>): RawBuilder<string> {
  const written = (field: TimeField | null) => rememberedDate(field === null ? null : writtenOf(alias, field), field);
  return sql`(${written(createdAt)} || '|' || ${written(deprecatedAt)})`;
}
