import { type RawBuilder, sql } from 'kysely';
import { named } from '../../../database/errors.ts';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import type { Db, Tx } from '../../../database/schema.ts';
import type { ChunkTable, CollectionMapping } from '../../../domain/mapping.ts';
import { singleIdColumn } from '../../../domain/row-id.ts';
import { EmptyScopeError, StoreError } from '../../../domain/store-errors.ts';
import type { VectorImage } from '../../../domain/vector-image.ts';
import { textOf } from '../fields.ts';

/** A chunk table as the catalogue describes it: every operation reads this first, so a changed table shows at once. */
export interface ChunkShape {
  readonly mapping: CollectionMapping;
  readonly place: ChunkTable;
  readonly columns: readonly ChunkColumn[];
  /** SQL types of the key, by which values are cast so that its index serves. */
  readonly documentType: RawBuilder<unknown>;
  readonly idType: RawBuilder<unknown>;
  /** Joins a chunk `c` to its document `p`, of the collection and in any partition. */
  readonly parent: RawBuilder<boolean>;
}

export interface ChunkColumn {
  readonly name: string;
  readonly type: string;
  readonly generated: boolean;
}

/**
 * The name of a chunk in this store. An application may number its chunks within each document, as Coppice's default
 * schema allows: only both parts together name one row.
 */
export function chunkKey(documentId: string, chunkId: string): string {
  return JSON.stringify([documentId, chunkId]);
}

/** How values are written must not depend on the session: an image is compared with one read elsewhere. */
export async function inTransaction<T>(
  db: Db,
  timeoutMs: number,
  signal: AbortSignal | undefined,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  return named(() =>
    db.transaction().execute(async (tx) => {
      await sql`select set_config('statement_timeout', ${String(timeoutMs)}, true),
        set_config('timezone', 'UTC', true), set_config('datestyle', 'ISO, YMD', true),
        set_config('intervalstyle', 'iso_8601', true), set_config('extra_float_digits', '1', true),
        set_config('bytea_output', 'hex', true)`.execute(tx);
      const result = await work(tx);
      signal?.throwIfAborted();
      return result;
    }),
  );
}

export async function readShape(tx: Tx, mapping: CollectionMapping, place: ChunkTable): Promise<ChunkShape> {
  const columns = await readColumns(tx, place.table.schema, place.table.name);
  const parents = await readColumns(tx, mapping.table.schema, mapping.table.name);
  const document = columnOf(columns, place.document, place.table.name);
  const id = singleIdColumn(mapping);
  const parentId = columnOf(parents, id, mapping.table.name);
  columnOf(columns, place.vector, place.table.name);
  const [left, right] = [columnRef('p', id), columnRef('c', place.document)];
  const join = parentId.type === document.type ? sql`${left} = ${right}` : sql`${left}::text = ${right}::text`;
  const filters = mapping.filter.map((term) => sql`and ${textOf('p', term)} = any(${term.anyOf}::text[])`);
  return {
    mapping,
    place,
    columns,
    documentType: sql.raw(document.type),
    idType: sql.raw(columnOf(columns, place.id, place.table.name).type),
    parent: sql`${join} ${sql.join(filters, sql` `)}`,
  };
}

async function readColumns(tx: Tx, schema: string, table: string): Promise<ChunkColumn[]> {
  const { rows } = await sql<ChunkColumn>`
    select a.attname as name, format_type(a.atttypid, null) as type, a.attgenerated <> '' as generated
    from pg_attribute a join pg_class t on t.oid = a.attrelid join pg_namespace n on n.oid = t.relnamespace
    where n.nspname = ${schema} and t.relname = ${table} and a.attnum > 0 and not a.attisdropped
    order by a.attnum`.execute(tx);
  return rows;
}

function columnOf(columns: readonly ChunkColumn[], name: string, table: string): ChunkColumn {
  const found = columns.find((column) => column.name === name);
  if (found) return found;
  throw new StoreError('StoreRefusedError', `table ${table} is missing, or has no column ${name}`);
}

/** Checks the images' own words; `requireParents` checks the database's. */
export function requireImages(place: ChunkTable, partition: string, images: readonly VectorImage[]): void {
  if (partition === '') throw new EmptyScopeError('the partition');
  if (images.length === 0) throw new EmptyScopeError('the list of images');
  for (const image of images) {
    const { [place.id]: id, [place.document]: document } = image.properties;
    const fits = String(document) === image.documentId && chunkKey(image.documentId, String(id)) === image.id;
    if (!fits) throw new StoreError('StoreRefusedError', `chunk ${image.id}: its id is not that of its properties`);
  }
}

/** Every document of the images that stands must be in the partition; `all`: and every one must stand. */
export async function requireParents(
  tx: Tx,
  shape: ChunkShape,
  partition: string,
  images: readonly VectorImage[],
  all: boolean,
): Promise<void> {
  const { mapping, place } = shape;
  const documentIds = [...new Set(images.map((image) => image.documentId))];
  const { rows } = await sql<{ id: string; mine: boolean }>`
    select c.id::text as id, coalesce(${textOf('p', mapping.partition)} = ${partition}, false) as mine
    from unnest(${documentIds}::text[]::${shape.documentType}[]) c(id)
    join ${tableRef(mapping.table)} p on ${columnRef('p', singleIdColumn(mapping))}::text = c.id::text`.execute(tx);
  const other = rows.filter((row) => !row.mine).length;
  const missing = all ? documentIds.length - rows.length : 0;
  if (other === 0 && missing === 0) return;
  throw new StoreError(
    'StoreRefusedError',
    `chunks of ${place.table.name}: ${other} documents are of another partition, ${missing} do not exist`,
  );
}
