import { type RawBuilder, sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import type { Tx } from '../../../database/schema.ts';
import type { VectorImage } from '../../../domain/vector-image.ts';
import type { ListedVector, VectorScope } from '../../ports/vector-store.ts';
import { textOf } from '../fields.ts';
import { type ChunkShape, chunkKey } from './chunk-table.ts';

/** Their JSON form is a number that JavaScript would round. */
const WIDE_TYPES = new Set(['bigint', 'numeric']);

interface ChunkRow {
  readonly document: string;
  readonly id: string;
  readonly revision: string;
  readonly properties: Record<string, unknown>;
  readonly vector: number[] | null;
}

/**
 * Returns the chunks that exist, of these ids or of these documents. `where` names the chunk `c` and its document `p`.
 */
async function readChunks(tx: Tx, shape: ChunkShape, where: RawBuilder<unknown>): Promise<VectorImage[]> {
  const { place, mapping } = shape;
  const wide = shape.columns
    .filter((column) => WIDE_TYPES.has(column.type))
    .map((column) => sql`|| jsonb_build_object(${column.name}::text, ${columnRef('c', column.name)}::text)`);
  const { rows } = await sql<ChunkRow>`
    select ${columnRef('c', place.document)}::text as document, ${columnRef('c', place.id)}::text as id,
      c.xmin::text as revision, (to_jsonb(c) - ${place.vector}::text) ${sql.join(wide, sql` `)} as properties,
      to_json(${columnRef('c', place.vector)}::real[]) as vector
    from ${tableRef(place.table)} c left join ${tableRef(mapping.table)} p on ${shape.parent}
    where ${where}`.execute(tx);
  return rows.map(({ document, id, revision, properties, vector }) => ({
    id: chunkKey(document, id),
    documentId: document,
    properties,
    vectors: namedVectors(vector),
    revision,
  }));
}

function namedVectors(vector: readonly number[] | null): VectorImage['vectors'] {
  return vector === null ? {} : { default: vector.map(Math.fround) };
}

export async function fetchChunks(tx: Tx, shape: ChunkShape, scope: VectorScope): Promise<VectorImage[]> {
  const document = columnRef('c', shape.place.document);
  const found = await readChunks(
    tx,
    shape,
    sql`${document} = any(${scope.documentIds}::text[]::${shape.documentType}[])
      and ${textOf('p', shape.mapping.partition)} = ${scope.partition}`,
  );
  // A type of its own may have an equality of its own (citext): an id is its exact text.
  const wanted = new Set(scope.documentIds);
  return found.filter((image) => wanted.has(image.documentId));
}

/** Those of these chunks that stand, wherever they belong. */
export async function standingChunks(
  tx: Tx,
  shape: ChunkShape,
  images: readonly VectorImage[],
): Promise<Map<string, VectorImage>> {
  const { place } = shape;
  const key = sql`${columnRef('c', place.document)}, ${columnRef('c', place.id)}`;
  const found = await readChunks(tx, shape, sql`(${key}) in (select k.document, k.id from ${keys(shape, images)})`);
  return new Map(found.map((image) => [image.id, image]));
}

/** The keys of the images as a table `k`, with the revision each was read at. */
export function keys(shape: ChunkShape, images: readonly VectorImage[]): RawBuilder<unknown> {
  const documents = images.map((image) => image.documentId);
  const chunkIds = images.map((image) => String(image.properties[shape.place.id]));
  const revisions = images.map((image) => image.revision);
  return sql`unnest(${documents}::text[]::${shape.documentType}[], ${chunkIds}::text[]::${shape.idType}[],
    ${revisions}::text[]) k(document, id, revision)`;
}

export async function pageChunks(
  tx: Tx,
  shape: ChunkShape,
  after: readonly [string, string] | null,
  limit: number,
): Promise<ListedVector[]> {
  const { place, mapping } = shape;
  const [document, id] = [columnRef('c', place.document), columnRef('c', place.id)];
  const beyond =
    after === null
      ? sql`true`
      : sql`(${document}, ${id}) > (${after[0]}::text::${shape.documentType}, ${after[1]}::text::${shape.idType})`;
  const { rows } = await sql<{ document: string; id: string; partition: string | null }>`
    select ${document}::text as document, ${id}::text as id, ${textOf('p', mapping.partition)} as partition
    from ${tableRef(place.table)} c left join ${tableRef(mapping.table)} p on ${shape.parent}
    where ${beyond} order by ${document}, ${id} limit ${limit}`.execute(tx);
  return rows.map((row) => ({
    id: chunkKey(row.document, row.id),
    documentId: row.document,
    partition: row.partition,
  }));
}
