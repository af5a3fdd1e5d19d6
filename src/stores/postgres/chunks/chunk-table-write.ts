import { type RawBuilder, sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import type { Tx } from '../../../database/schema.ts';
import { StoreError } from '../../../domain/store-errors.ts';
import type { VectorImage } from '../../../domain/vector-image.ts';
import { sameContent } from '../../same-content.ts';
import { textOf } from '../fields.ts';
import { type ChunkShape, chunkKey } from './chunk-table.ts';
import { keys, standingChunks } from './chunk-table-read.ts';

/** Refuses what the table cannot take before anything is written; an untyped vector column would take any length. */
export async function requireFit(tx: Tx, shape: ChunkShape, images: readonly VectorImage[]): Promise<void> {
  const { place } = shape;
  const { rows } = await sql<{ length: number }>`
    select cardinality(${columnRef('c', place.vector)}::real[]) as length from ${tableRef(place.table)} c
    where ${columnRef('c', place.vector)} is not null limit 1`.execute(tx);
  let expected = rows[0]?.length;
  const known = new Set(shape.columns.map((column) => column.name));
  for (const image of images) {
    const unknown = Object.keys(image.properties).find((name) => !known.has(name) || name === place.vector);
    if (unknown !== undefined) throw refused(`chunk ${image.id} has ${unknown}, which is no column of its own`);
    const { default: vector, ...others } = image.vectors;
    if (Object.keys(others).length > 0) throw refused(`chunk ${image.id} has several vectors, the table has one`);
    if (!vector) continue;
    if (!vector.every(Number.isFinite)) throw refused(`chunk ${image.id} has a vector that is not all numbers`);
    expected ??= vector.length;
    if (vector.length !== expected) {
      throw refused(`chunk ${image.id} has a vector of ${vector.length} dimensions, not ${expected}`);
    }
  }
}

/** Without `on conflict`: which columns are unique, the document's too or the chunk's id alone, is the table's affair. */
export async function mergeChunks(tx: Tx, shape: ChunkShape, images: readonly VectorImage[]): Promise<void> {
  const { place } = shape;
  const columns = written(shape, images);
  const changes = columns.filter((name) => name !== place.id && name !== place.document);
  await sql`merge into ${tableRef(place.table)} c using ${rowsOf(shape, images)}
    on ${same(shape, 'n')}
    when matched then update set ${sql.join(changes.map((name) => sql`${sql.id(name)} = ${columnRef('n', name)}`))}
    when not matched then insert (${sql.join(columns.map((name) => sql.id(name)))}) overriding system value
      values (${sql.join(columns.map((name) => columnRef('n', name)))})`.execute(tx);
}

export async function restoreChunks(tx: Tx, shape: ChunkShape, images: readonly VectorImage[]) {
  const { place } = shape;
  const columns = written(shape, images);
  const { rows } = await sql<{ document: string; id: string }>`
    insert into ${tableRef(place.table)} as c (${sql.join(columns.map((name) => sql.id(name)))})
    overriding system value
    select ${sql.join(columns.map((name) => columnRef('n', name)))} from ${rowsOf(shape, images)}
    where not exists (select from ${tableRef(place.table)} c where ${same(shape, 'n')})
    on conflict do nothing
    returning ${columnRef('c', place.document)}::text as document, ${columnRef('c', place.id)}::text as id`.execute(tx);
  const inserted = rows.map((row) => chunkKey(row.document, row.id));
  const mine = new Set(inserted);
  const others = images.filter((image) => !mine.has(image.id));
  const standing = others.length === 0 ? new Map<string, VectorImage>() : await standingChunks(tx, shape, others);
  const superseded = others.filter((image) => {
    const found = standing.get(image.id);
    // Not found: its id stands under another document now.
    return !found || !sameContent(found, image);
  });
  return { inserted, superseded: superseded.map((image) => image.id) };
}

/** `xmin` names the transaction that wrote a row, so any write since shows. */
export async function removeChunks(tx: Tx, shape: ChunkShape, partition: string, images: readonly VectorImage[]) {
  const { place, mapping } = shape;
  await sql`delete from ${tableRef(place.table)} c using ${keys(shape, images)}, ${tableRef(mapping.table)} p
    where ${columnRef('c', place.document)} = k.document and ${columnRef('c', place.id)} = k.id
      and c.xmin::text = k.revision
      and ${shape.parent} and ${textOf('p', mapping.partition)} = ${partition}`.execute(tx);
  const standing = await standingChunks(tx, shape, images);
  const left = images.filter((image) => standing.has(image.id));
  if (left.some((image) => standing.get(image.id)?.revision === image.revision)) {
    throw refused('chunks exist after the delete: a trigger, a policy, or a deleted document keeps them');
  }
  return { changed: left.map((image) => image.id) };
}

/** The columns the images name, but those that PostgreSQL writes itself; the others keep their defaults. */
function written(shape: ChunkShape, images: readonly VectorImage[]): string[] {
  const named = new Set([shape.place.vector, ...images.flatMap((image) => Object.keys(image.properties))]);
  return shape.columns.filter((column) => !column.generated && named.has(column.name)).map((column) => column.name);
}

/** The images as rows `n` of the table's own type: PostgreSQL reads each value from its JSON form. */
function rowsOf(shape: ChunkShape, images: readonly VectorImage[]): RawBuilder<unknown> {
  const { place } = shape;
  const rows = images.map((image) => ({ ...image.properties, [place.vector]: image.vectors.default ?? null }));
  return sql`jsonb_populate_recordset(null::${tableRef(place.table)}, ${JSON.stringify(rows)}::jsonb) n`;
}

function same(shape: ChunkShape, alias: string): RawBuilder<boolean> {
  const { document, id } = shape.place;
  return sql`${columnRef('c', document)} = ${columnRef(alias, document)}
    and ${columnRef('c', id)} = ${columnRef(alias, id)}`;
}

function refused(problem: string): StoreError {
  return new StoreError('StoreRefusedError', problem);
}
