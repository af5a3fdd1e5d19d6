import { type RawBuilder, sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import type { Db } from '../../../database/schema.ts';
import type { GraphItemKind } from '../../../domain/collectors.ts';
import type { GraphImage } from '../../../domain/graph-item.ts';
import type { GraphTable } from '../../../domain/graph-mapping.ts';
import { StoreError } from '../../../domain/store-errors.ts';
import { byKind } from '../../ports/graph-items.ts';
import { datesText, mentionKey } from './item-columns.ts';
import { isAmong, type PostgresMapping, type StoredItem } from './scope.ts';

/** In this order they go back: ends before the edges that join them. */
export const restoreOrder: readonly GraphItemKind[] = ['entity', 'mention', 'relation', 'vector'];

export interface ItemTable {
  readonly kind: GraphItemKind;
  readonly table: Omit<GraphTable, 'id'>;
  /** The item's id in row `t`, as text. */
  readonly id: RawBuilder<unknown>;
  /** The column with the id of the document that the item comes from. */
  readonly document: string | null;
}

export function itemTable({ place }: PostgresMapping, kind: GraphItemKind): ItemTable {
  const { entities, mentions, relations, vectors } = place;
  if (kind === 'mention') {
    if (mentions === null) throw new Error('the graph has no mentions');
    return { kind, table: mentions, id: mentionKey('t', mentions), document: mentions.document };
  }
  const table = { entity: entities, relation: relations, vector: vectors }[kind];
  if (table === null) throw new Error('the graph has no vectors');
  const document = { entity: null, relation: relations.document, vector: vectors?.document ?? null }[kind];
  return { kind, table, id: sql`${columnRef('t', table.id)}::text`, document };
}

/** Row `t` is one of these items. */
export function isOneOf({ table, id }: ItemTable, items: readonly StoredItem[]): RawBuilder<boolean> {
  return isAmong(sql`${columnRef('t', table.group)}::text`, id, items);
}

/** The parts of an image, of row `t`, and its group and document. */
export function imageColumns({ table, id, document }: ItemTable): RawBuilder<unknown> {
  return sql`${columnRef('t', table.group)}::text as stored, ${id} as id, to_jsonb(t)::text as content,
    ${document === null ? sql`null` : sql`${columnRef('t', document)}::text`} as document, ${datesText('t', table)} as dates`;
}

export type StoredImage = GraphImage & StoredItem & { readonly document: string | null };

export async function fetchImages(
  db: Db,
  mapping: PostgresMapping,
  items: readonly StoredItem[],
  lock = sql``,
): Promise<StoredImage[]> {
  const images: StoredImage[] = [];
  for (const [kind, some] of byKind(items)) {
    images.push(...(await imagesIn(db, itemTable(mapping, kind), some, lock)));
  }
  return images;
}

/** Rows of one table that stand, whole. */
export async function imagesIn(
  db: Db,
  of: ItemTable,
  items: readonly StoredItem[],
  lock = sql``,
): Promise<StoredImage[]> {
  const { rows } = await sql<Omit<StoredImage, 'kind'>>`select ${imageColumns(of)}
    from ${tableRef(of.table.table)} t where ${isOneOf(of, items)} ${lock}`.execute(db);
  return rows.map((row) => ({ kind: of.kind, ...row }));
}

/** The table's columns that a row can be given, and those that the server fills in itself. */
export async function columnsOf(db: Db, { table }: ItemTable): Promise<{ writable: string[]; generated: Set<string> }> {
  const { rows } = await sql<{ name: string; generated: boolean }>`
    select a.attname as name, a.attgenerated <> '' as generated from pg_attribute a
      join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${table.table.schema} and c.relname = ${table.table.name}
      and a.attnum > 0 and not a.attisdropped order by a.attnum`.execute(db);
  return {
    writable: rows.filter((row) => !row.generated).map((row) => row.name),
    generated: new Set(rows.filter((row) => row.generated).map((row) => row.name)),
  };
}

/** Columns that images are written back to: a column added since keeps its default. */
export async function columnsToRestore(db: Db, of: ItemTable, images: readonly GraphImage[]): Promise<string[]> {
  const { writable, generated } = await columnsOf(db, of);
  const held = new Set(images.flatMap(({ content }) => Object.keys(JSON.parse(content))));
  const lost = [...held].filter((name) => !writable.includes(name) && !generated.has(name));
  if (lost.length > 0) {
    throw new StoreError(
      'StoreRefusedError',
      `what was removed cannot be put back as it was: ${of.table.table.schema}.${of.table.table.name} has no column ` +
        `${lost.join(', ')} any more. Add it again and undo once more`,
    );
  }
  return writable.filter((name) => held.has(name));
}
