import { type RawBuilder, sql } from 'kysely';
import { columnRef } from '../../../database/identifiers.ts';
import type { GraphMapping, VectorTable } from '../../../domain/graph-mapping.ts';
import { storedGroup } from '../../stored-group.ts';
import type { ItemTable } from '../graph/images.ts';
import { datesText, instant } from '../graph/item-columns.ts';
import type { StoredItem } from '../graph/scope.ts';
import { ownId, type TalliedTable } from '../graph/tallies.ts';

/** A graph elsewhere whose vectors are rows of Coppice's own database. */
export interface TableMapping extends GraphMapping {
  readonly vectorsBeside: VectorTable;
}

/** The table as one of a graph's items. */
export function asItems({ vectorsBeside: table }: TableMapping): ItemTable & TalliedTable {
  return { kind: 'vector', part: 'vectors', table, id: ownId(table), document: table.document };
}

export function itemsOf(mapping: TableMapping, group: string, ids: readonly string[]): StoredItem[] {
  const stored = storedGroup(mapping, group);
  return ids.map((id) => ({ kind: 'vector', stored, id }));
}

/** Columns of `ListedVector` from row `t`, with the group as stored. */
export function listedColumns(of: VectorTable): RawBuilder<unknown> {
  const text = (column: string | null) => (column === null ? sql`null` : sql`${columnRef('t', column)}::text`);
  return sql`${text(of.group)} as "group", ${text(of.id)} as id, ${text(of.document)} as document,
    ${text(of.entity)} as entity, ${instant('t', of.createdAt)} as "createdAt",
    ${instant('t', of.deprecatedAt)} as "deprecatedAt", ${datesText('t', of)} as dates`;
}
