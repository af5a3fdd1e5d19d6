import type { ChildTable, CollectionMapping, Field, TableName } from '../domain/mapping.ts';

/**
 * Locks, holds and the brake know a row by its collection. A row of two collections would be protected in one of them alone,
 * so collections over one table need filters that no row can satisfy both of.
 */
export function overlapProblems(collections: readonly CollectionMapping[]): string[] {
  return collections.flatMap((one, at) =>
    collections.slice(0, at).flatMap((other) => [...sharedRows(one, other), ...sharedChildren(one, other)]),
  );
}

function sharedRows(one: CollectionMapping, other: CollectionMapping): string[] {
  if (nameOf(one.table) !== nameOf(other.table) || areDisjoint(one, other)) return [];
  return [
    `collections.${one.name}: collection ${other.name} maps table ${nameOf(one.table)} too, and a row can belong to both; ` +
      'give both a filter on the same field with different values, or remove one of them',
  ];
}

function areDisjoint(one: CollectionMapping, other: CollectionMapping): boolean {
  return one.filter.some((term) => {
    const same = other.filter.find((theirs) => fieldKey(theirs) === fieldKey(term));
    return same?.anyOf.every((value) => !term.anyOf.includes(value)) === true;
  });
}

/** A child of collections over one table belongs to the one that its parent belongs to. */
function sharedChildren(one: CollectionMapping, other: CollectionMapping): string[] {
  if (nameOf(one.table) === nameOf(other.table)) return [];
  const theirs = new Set(childTables(other.children).map(childKey));
  const shared = childTables(one.children).filter((child) => theirs.has(childKey(child)));
  return shared.map(
    ({ table }) =>
      `collections.${one.name}.children: collection ${other.name} has child table ${nameOf(table)} too, by the same columns; ` +
      'a row of it would be removed with rows of either; remove it from one of them',
  );
}

function childTables(children: readonly ChildTable[] = []): ChildTable[] {
  return children.flatMap((child) => [child, ...childTables(child.children)]);
}

function childKey({ table, parent }: ChildTable): string {
  return JSON.stringify([nameOf(table), parent.map(({ field }) => fieldKey(field)).sort()]);
}

function fieldKey({ column, keys, through }: Field): string {
  return JSON.stringify([column, keys, through ?? null]);
}

function nameOf({ schema, name }: TableName): string {
  return `${schema}.${name}`;
}
