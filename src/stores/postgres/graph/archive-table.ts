import { sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import type { Db } from '../../../database/schema.ts';
import type { ArchivedFact } from '../../../domain/facts/archived-fact.ts';
import type { TableName } from '../../../domain/mapping.ts';
import type { MarksInDatabase } from '../../ports/graph-facts.ts';
import { imageDigest } from '../../ports/graph-items.ts';
import { storedGroup } from '../../stored-group.ts';
import { display } from '../schema/table-info.ts';
import { columnsOf, type ItemTable, imageColumns, imagesIn, isOneOf, itemTable, type StoredImage } from './images.ts';
import type { PostgresMapping, StoredItem } from './scope.ts';

/** Moves facts to a table of the application's, columns by name, and moves them back. No copy of them is kept elsewhere. */
export function movesToTable(mapping: PostgresMapping, table: TableName): MarksInDatabase {
  const relations = itemTable(mapping, 'relation');
  const archive: ItemTable = { ...relations, table: { ...relations.table, table } };
  const name = display(table);
  return {
    ...{ at: 'database', table: name },
    mark: async (tx, group, _at, surveyed) => {
      const images = await imagesIn(tx, relations, itemsOf(mapping, group, surveyed.keys()), sql`for update`);
      const unchanged = images.filter((image) => surveyed.get(image.id) === imageDigest(image));
      const dates = new Map(unchanged.map((one) => [one.id, one.dates]));
      const moved = await move(tx, relations, archive, unchanged);
      return moved.map(
        (image): ArchivedFact => ({
          ...{ id: image.id, dates: dates.get(image.id) ?? '', seen: {} },
          ...{ before: {}, after: { table: name, digest: imageDigest(image) } },
        }),
      );
    },
    unmark: async (tx, group, facts) => {
      const written = new Map(facts.map(({ id, after }) => [id, after.digest]));
      const images = await imagesIn(tx, archive, itemsOf(mapping, group, written.keys()), sql`for update`);
      const unchanged = images.filter((image) => written.get(image.id) === imageDigest(image));
      return new Set((await move(tx, archive, relations, unchanged)).map(({ id }) => id));
    },
  };
}

function itemsOf(mapping: PostgresMapping, group: string, ids: Iterable<string>): StoredItem[] {
  const stored = storedGroup(mapping, group);
  return [...ids].map((id) => ({ kind: 'relation', id, stored }));
}

/** Moves rows, and returns them as the other table holds them. A row whose key that table has already stays where it is. */
async function move(db: Db, from: ItemTable, to: ItemTable, items: readonly StoredItem[]): Promise<StoredImage[]> {
  if (items.length === 0) return [];
  const [source, target] = [await columnsOf(db, from), await columnsOf(db, to)];
  const names = source.writable.filter((name) => target.writable.includes(name));
  const { rows } = await sql<Omit<StoredImage, 'kind'>>`insert into ${tableRef(to.table.table)} as t
      (${sql.join(names.map((name) => sql.id(name)))}) overriding system value
    select ${sql.join(names.map((name) => columnRef('t', name)))} from ${tableRef(from.table.table)} t
    where ${isOneOf(from, items)} on conflict do nothing returning ${imageColumns(to)}`.execute(db);
  const moved = rows.map((row): StoredImage => ({ kind: from.kind, ...row }));
  if (moved.length > 0) {
    await sql`delete from ${tableRef(from.table.table)} t where ${isOneOf(from, moved)}`.execute(db);
  }
  return moved;
}
