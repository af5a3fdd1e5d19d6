import type { ChildTable, CollectionMapping, TableName } from './mapping.ts';

/** So many levels below the rows of the collection. */
export const mostChildLevels = 4;

/** A table of rows that belong to a row of the collection, or to a row of another such table. */
export interface ChildMember {
  readonly child: ChildTable;
  /** Place of the parent in the list; `null`: its rows belong to rows of the collection. */
  readonly parent: number | null;
}

/** All child tables of a collection, each after its parent. */
export function childMembers({ children = [] }: Pick<CollectionMapping, 'children'>): readonly ChildMember[] {
  const members: ChildMember[] = [];
  const add = (some: readonly ChildTable[], parent: number | null) => {
    for (const child of some) {
      const at = members.push({ child, parent }) - 1;
      add(child.children, at);
    }
  };
  add(children, null);
  return members;
}

/** Every table that rows are deleted from: the collection's, that of its chunks, and those of its children. */
export function ownTables(mapping: CollectionMapping): readonly TableName[] {
  const chunks = mapping.vectors.in === 'table' ? [mapping.vectors.table] : [];
  return [mapping.table, ...chunks, ...childMembers(mapping).map(({ child }) => child.table)];
}
