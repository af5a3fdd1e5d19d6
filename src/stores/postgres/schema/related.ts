import type { Db } from '../../../database/schema.ts';
import type { CollectionMapping, TableName } from '../../../domain/mapping.ts';
import { idColumns } from '../../../domain/row-id.ts';
import { type LiveTable, liveTable } from '../table.ts';
import { constraintsOf } from './constraints.ts';
import { inspect } from './inspect.ts';
import { withPlainJson } from './json-columns.ts';

/**
 * Other collections whose rows the table references, directly or through each other: an undo restores them first. Vectors
 * in another store cannot be restored in the same transaction, so that such a collection is not among them.
 */
export async function relatedTables(
  db: Db,
  table: LiveTable,
  mappings: readonly CollectionMapping[],
): Promise<LiveTable[]> {
  const found = new Map<string, LiveTable>();
  const open = [table];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    for (const { to, toOwn } of one.constraints.outgoing) {
      const mapping = toOwn === null ? mappings.find((other) => holds(other, to)) : undefined;
      if (mapping === undefined || mapping.name === table.mapping.name || found.has(mapping.name)) continue;
      if (mapping.vectors.in === 'weaviate') continue;
      const inspection = await inspect(db, mapping);
      if (inspection.rows === null) continue;
      const own = withPlainJson(mapping, inspection.rows);
      const related = liveTable(own, inspection, await constraintsOf(db, mapping));
      found.set(mapping.name, related);
      open.push(related);
    }
  }
  return [...found.values()];
}

/** Columns by which an undo looks rows up in the ledger of the table, because mapped rows reference them. */
export function lookupColumns({ constraints, mapping }: LiveTable, mappings: readonly CollectionMapping[]): string[] {
  const columns = constraints.incoming.flatMap(({ from, fromOwn, toOwn, referenced }) => {
    if (toOwn !== 'rows' || (fromOwn === null && !mappings.some((other) => holds(other, from)))) return [];
    const column = idColumns(mapping).find((one) => referenced.includes(one)) ?? referenced.at(-1);
    return column === undefined ? [] : [column];
  });
  return [...new Set(columns)];
}

function holds({ table, vectors }: CollectionMapping, name: TableName): boolean {
  return isSame(table, name) || (vectors.in === 'table' && isSame(vectors.table, name));
}

function isSame(a: TableName, b: TableName): boolean {
  return a.schema === b.schema && a.name === b.name;
}
