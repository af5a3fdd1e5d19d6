import { sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import type { Tx } from '../../../database/schema.ts';
import type { CollectRule } from '../../../domain/collectors.ts';
import type { GraphImage } from '../../../domain/graph-item.ts';
import { arrayOfTexts, withContent } from '../../../domain/json-text.ts';
import { byKind, isAsSurveyed, itemKey } from '../../ports/graph-items.ts';
import { storedGroup } from '../../stored-group.ts';
import {
  columnsToRestore,
  fetchImages,
  type ItemTable,
  imageColumns,
  isOneOf,
  itemTable,
  restoreOrder,
  type StoredImage,
} from './images.ts';
import { isAmong, type PostgresMapping, type StoredItem } from './scope.ts';
import { dueSql } from './stale.ts';

/**
 * Removes those of the items that are still due, and returns them as they stood. Their rows are locked before the rule
 * looks at them again, and so are their documents: one that somebody renews meanwhile waits, or is seen.
 */
export async function removeItems(
  tx: Tx,
  mapping: PostgresMapping,
  rule: CollectRule,
  items: readonly StoredItem[],
): Promise<StoredImage[]> {
  const standing = await fetchImages(tx, mapping, items, sql`for update`);
  if (standing.length === 0) return [];
  await lockDocuments(tx, mapping, standing);
  const due =
    rule.surveyed === undefined
      ? await stillDue(tx, mapping, rule, standing)
      : standing.filter((one) => isAsSurveyed(rule, one));
  const removed: StoredImage[] = [];
  for (const [kind, some] of byKind(due)) {
    const of = itemTable(mapping, kind);
    const { rows } = await sql<Omit<StoredImage, 'kind'>>`delete from ${tableRef(of.table.table)} t
      where ${isOneOf(of, some)} returning ${imageColumns(of)}`.execute(tx);
    removed.push(...rows.map((row) => ({ kind, ...row })));
  }
  return removed;
}

async function stillDue(
  tx: Tx,
  mapping: PostgresMapping,
  rule: CollectRule,
  standing: readonly StoredImage[],
): Promise<readonly StoredItem[]> {
  const { rows } = await sql<StoredItem>`${dueSql(mapping, rule, standing)}`.execute(tx);
  return rows;
}

/** Only where an item names one. */
async function lockDocuments(tx: Tx, mapping: PostgresMapping, images: readonly StoredImage[]): Promise<void> {
  const { documents } = mapping.place;
  const named = images.flatMap(({ document, stored }) => (document === null ? [] : [{ stored, id: document }]));
  if (named.length === 0) return;
  const once = new Map(named.map((one) => [JSON.stringify([one.stored, one.id]), one]));
  const text = (column: string) => sql`${columnRef('d', column)}::text`;
  await sql`select from ${tableRef(documents.table)} d
    where ${isAmong(text(documents.group), text(documents.id), [...once.values()])} for share`.execute(tx);
}

/** Puts items back, ends before edges. An item that exists again unchanged counts as restored. */
export async function restoreItems(
  tx: Tx,
  mapping: PostgresMapping,
  group: string,
  images: readonly GraphImage[],
): Promise<{ refused: string[] }> {
  const stored = storedGroup(mapping, group);
  const refused: string[] = [];
  const kinds = byKind(images);
  for (const kind of restoreOrder) {
    const some = kinds.get(kind);
    if (some === undefined) continue;
    const superseded = await restoreInto(tx, itemTable(mapping, kind), stored, some);
    refused.push(...superseded.map((id) => itemKey({ kind, id })));
  }
  return { refused };
}

/** Rows of one table; returns ids of those that stand with other content. */
export async function restoreInto(
  tx: Tx,
  of: ItemTable,
  stored: string,
  images: readonly GraphImage[],
): Promise<string[]> {
  const names = await columnsToRestore(tx, of, images);
  const table = tableRef(of.table.table);
  const given = arrayOfTexts(images.map(({ id, content }) => withContent({ id }, content)));
  const { rows } = await sql<{ id: string; same: boolean }>`
    select g.id, to_jsonb(t) @> g.content as same
    from jsonb_to_recordset(${given}::jsonb) as g (id text, content jsonb)
      join ${table} t on ${columnRef('t', of.table.group)}::text = ${stored} and ${of.id} = g.id`.execute(tx);
  const standing = new Set(rows.map((row) => row.id));
  const missing = arrayOfTexts(images.flatMap(({ id, content }) => (standing.has(id) ? [] : [content])));
  const columns = names.map((name) => sql.id(name));
  await sql`insert into ${table} (${sql.join(columns)}) overriding system value
    select ${sql.join(names.map((name) => columnRef('r', name)))}
    from jsonb_populate_recordset(null::${table}, ${missing}::jsonb) r`.execute(tx);
  return rows.filter((row) => !row.same).map((row) => row.id);
}
