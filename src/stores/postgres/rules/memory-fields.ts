import { type RawBuilder, sql } from 'kysely';
import { idText } from '../../../database/row-ids.ts';
import { fieldOf, timeFieldOf } from '../../../domain/mapped-fields.ts';
import type { CollectionMapping } from '../../../domain/mapping.ts';
import type { RowFieldName } from '../../../domain/row-fields.ts';
import { readInstant, textOf, writtenOf } from '../fields.ts';

type Sql<T = unknown> = RawBuilder<T>;

/** Fields of a memory as the rules on memories read them; SQL null where the collection does not map them. */

export function optionalText(alias: string, mapping: CollectionMapping, name: RowFieldName): Sql<string | null> {
  const field = fieldOf(mapping, name);
  return field === null ? sql`null::text` : textOf(alias, field);
}

export function written(alias: string, mapping: CollectionMapping, name: RowFieldName): Sql {
  const field = timeFieldOf(mapping, name);
  return field === null ? sql`null::text` : writtenOf(alias, field);
}

export function instant(value: Sql, mapping: CollectionMapping, name: RowFieldName): Sql<Date | null> {
  const field = timeFieldOf(mapping, name);
  return field === null ? sql`null::timestamptz` : readInstant(value, field);
}

export function isPinned(pinned: Sql): Sql<boolean> {
  return sql`coalesce(lower(btrim(${pinned})) not in ('', 'false', 'f', '0', 'no', 'off'), false)`;
}

/** Joins to a row what `coppice.decay_bases` keeps of it, as `b`. */
export function baseOf(alias: string, mapping: CollectionMapping): Sql {
  return sql`left join coppice.decay_bases b
    on b.collection = ${sql.lit(mapping.name)} and b.row_id = ${idText(alias, mapping)}`;
}
