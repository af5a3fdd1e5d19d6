import { type RawBuilder, sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import type { Tx } from '../../../database/schema.ts';
import type { NewChunk, Written } from '../../ports/refresh-table.ts';
import { chunkUuid } from '../../weaviate/chunk-uuid.ts';
import { castType } from '../schema/column-type.ts';
import type { LiveChunks } from '../table.ts';
import { drawsIds, idType } from './refresh-chunks.ts';
import { vectorArray } from './vector-array.ts';

/** A document's chunks as they shall be. */
export interface ChunkedPage {
  readonly id: string;
  readonly hash: string;
  readonly chunks: readonly NewChunk[];
}

/**
 * Replaces the chunks of several documents in one transaction: a search sees the old ones or the new ones. Values in
 * the application's further columns are kept where all old chunks of a document have the same.
 */
export async function replaceChunks(
  tx: Tx,
  chunks: LiveChunks,
  pages: readonly ChunkedPage[],
): Promise<Map<string, Written>> {
  const others = otherColumns(chunks);
  const gone = await removeChunks(tx, chunks, others, pages);
  const alike = Map.groupBy(pages, ({ id }) => JSON.stringify(keptColumns(others, gone.get(id)?.common)));
  for (const group of alike.values()) {
    const kept = keptColumns(others, gone.get(group[0]?.id ?? '')?.common);
    const rows = group.flatMap((page) => rowsOf(chunks, page, gone.get(page.id)?.common ?? '{}'));
    for (const slice of slicesOf(rows)) await insertRows(tx, chunks, kept, slice);
  }
  return new Map(
    pages.map(({ id, chunks: news }) => [id, { chunks: news.length, removedChunks: gone.get(id)?.removed ?? 0 }]),
  );
}

/** Columns of the application's own. */
function otherColumns(chunks: LiveChunks): string[] {
  const { place, writable } = chunks;
  const own = [place.id, place.document, place.text, place.vector];
  return writable.filter((name) => !own.includes(name));
}

interface Gone {
  readonly document: string;
  readonly removed: number;
  /**
   * Values that all chunks of a document had in common: a JSON object, whose numbers must not pass through JavaScript.
   */
  readonly common: string;
}

async function removeChunks(
  tx: Tx,
  chunks: LiveChunks,
  others: readonly string[],
  pages: readonly ChunkedPage[],
): Promise<Map<string, Gone>> {
  const { place } = chunks;
  const further = sql.join(others.map((name) => columnRef('c', name)));
  const { rows } = await sql<Gone>`
    with gone as (
      delete from ${tableRef(place.table)} c using unnest(${pages.map(({ id }) => id)}::text[]) k(id)
      where ${columnRef('c', place.document)} = k.id::${documentType(chunks)}
      returning k.id as document, (select to_jsonb(o) from (select ${further}) o) as chunk
    ),
    counted as (select document, count(*) as removed from gone group by document),
    alike as (
      select g.document, f.key, (array_agg(f.value))[1] as value
      from gone g cross join lateral jsonb_each(g.chunk) f where f.value <> 'null'::jsonb
      group by g.document, f.key
      having count(distinct f.value) = 1 and count(*) = (select removed from counted where document = g.document)
    ),
    common as (select document, jsonb_object_agg(key, value) as common from alike group by document)
    select document, removed::int8 as removed, coalesce(common, '{}'::jsonb)::text as common
    from counted left join common using (document)`.execute(tx);
  return new Map(rows.map((row) => [row.document, row]));
}

function documentType(chunks: LiveChunks): RawBuilder<unknown> {
  return chunks.documentType ?? sql.raw(castType(chunks.source.columns, chunks.place.document));
}

function keptColumns(others: readonly string[], common = '{}'): string[] {
  const said: unknown = JSON.parse(common);
  return typeof said === 'object' && said !== null ? others.filter((name) => Object.hasOwn(said, name)) : [];
}

interface ChunkRow extends NewChunk {
  readonly id: string;
  readonly document: string;
  readonly common: string;
}

function rowsOf(chunks: LiveChunks, { id: document, hash, chunks: news }: ChunkedPage, common: string): ChunkRow[] {
  return news.map((chunk, at) => ({ ...chunk, id: chunkId(chunks, document, hash, at), document, common }));
}

/** Numbered within the document where the table allows it, as `coppice load` does. */
function chunkId(chunks: LiveChunks, documentId: string, hash: string, at: number): string {
  const uuid = idType(chunks) === 'uuid';
  return uuid || chunks.uniqueIds ? chunkUuid(documentId, `${hash}:${at}`) : String(at);
}

/** A statement's values stand in memory several times over, here and at the server: a long document takes several. */
const mostBytes = 4 * 2 ** 20;

function slicesOf(rows: readonly ChunkRow[]): ChunkRow[][] {
  const slices: ChunkRow[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const row of rows) {
    const own = row.text.length + (row.vector?.length ?? 0) * 4;
    if (bytes + own > mostBytes) {
      slices.push([]);
      bytes = 0;
    }
    slices.at(-1)?.push(row);
    bytes += own;
  }
  return slices;
}

async function insertRows(
  tx: Tx,
  chunks: LiveChunks,
  kept: readonly string[],
  rows: readonly ChunkRow[],
): Promise<void> {
  const { place, source } = chunks;
  const cast = (name: string, column: string) =>
    sql`${columnRef('n', name)}::${sql.raw(castType(source.columns, column))}`;
  const values = new Map([
    ...(drawsIds(chunks) ? [] : [[place.id, cast('id', place.id)] as const]),
    [place.document, sql`n.document::${documentType(chunks)}`],
    [place.text, cast('text', place.text)],
    [place.vector, cast('vector', place.vector)],
    ...kept.map((name) => [name, columnRef('p', name)] as const),
  ]);
  const commons = new Map(rows.map(({ document, common }) => [document, common]));
  const further = sql`join unnest(${[...commons.keys()]}::text[], ${[...commons.values()]}::text[]) k(id, common)
      on k.id = n.document
    cross join lateral jsonb_populate_record(null::${tableRef(place.table)}, k.common::jsonb) p`;
  await sql`insert into ${tableRef(place.table)} (${sql.join([...values.keys()].map((name) => sql.id(name)))})
    select ${sql.join([...values.values()])}
    from unnest(${rows.map(({ id }) => id)}::text[], ${rows.map(({ document }) => document)}::text[],
      ${rows.map(({ text }) => text)}::text[], ${await vectorsOf(tx, chunks, rows)})
      with ordinality n(id, document, text, vector, at)
    ${kept.length === 0 ? sql`` : further}
    order by n.at`.execute(tx);
}

/** In binary where the column's type has a form that we know: as text they are most of what a refresh sends and parses. */
async function vectorsOf(tx: Tx, chunks: LiveChunks, rows: readonly ChunkRow[]): Promise<RawBuilder<unknown>> {
  const vectors = rows.flatMap(({ vector }) => (vector === null ? [] : [vector]));
  const type = castType(chunks.source.columns, chunks.place.vector);
  if (vectors.length === rows.length && /^(?:.*\.)?vector$/.test(type)) {
    const found = await sql<{ oid: number }>`select ${type}::regtype::oid as oid`.execute(tx);
    return sql`${vectorArray(vectors, found.rows[0]?.oid ?? 0)}::${sql.raw(type)}[]`;
  }
  return sql`${rows.map(({ vector }) => (vector === null ? null : `[${vector.join(',')}]`))}::text[]`;
}
