import { type RawBuilder, sql } from 'kysely';
import type { GraphItem } from '../../../domain/graph-item.ts';
import type { GraphMapping, PostgresGraph } from '../../../domain/graph-mapping.ts';

/** A graph whose tables are in PostgreSQL. */
export interface PostgresMapping extends GraphMapping {
  readonly place: PostgresGraph;
}

/** An item with its group as the tables have it. */
export interface StoredItem extends GraphItem {
  readonly stored: string;
}

export function groupsOf(items: readonly { readonly stored: string }[]): string[] {
  return [...new Set(items.map((one) => one.stored))];
}

/** One group is compared as such: the planner knows better then how many rows it has. */
export function isInGroups(group: RawBuilder<unknown>, groups: readonly string[]): RawBuilder<boolean> {
  const [only] = groups;
  return groups.length === 1 ? sql`${group} = ${only}::text` : sql`${group} = any(${groups}::text[])`;
}

/** A row of that group and id is one of these. Of one group, where an index on the ids serves, as of several. */
export function isAmong(
  group: RawBuilder<unknown>,
  id: RawBuilder<unknown>,
  items: readonly { readonly stored: string; readonly id: string }[],
): RawBuilder<boolean> {
  const groups = groupsOf(items);
  const ids = items.map((one) => one.id);
  if (groups.length < 2) return sql`(${group} = ${groups[0] ?? null}::text and ${id} = any(${ids}::text[]))`;
  return sql`(${group} = any(${groups}::text[])
    and (${group}, ${id}) in (select * from unnest(${items.map((one) => one.stored)}::text[], ${ids}::text[])))`;
}
