import { sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import type { Db, Tx } from '../../../database/schema.ts';
import type { ChunkTable } from '../../../domain/mapping.ts';
import { vectorArray } from './vector-array.ts';

export interface ChunkRow {
  readonly documentId: string;
  readonly id: string;
  readonly text: string | null;
  readonly vector: readonly number[];
}

/** Writes chunks of the default schema, replacing those of the same document and id. Their documents must stand. */
export async function writeChunks(tx: Tx, place: ChunkTable, chunks: readonly ChunkRow[]): Promise<void> {
  if (chunks.length === 0) return;
  const names = [place.document, place.id, place.text, place.vector];
  const type = await sql<{ oid: number }>`select 'vector'::regtype::oid as oid`.execute(tx);
  const vectors = vectorArray(
    chunks.map((chunk) => chunk.vector),
    type.rows[0]?.oid ?? 0,
  );
  const [document, id, text, vector] = names.map((name) => sql.id(name));
  await sql`insert into ${tableRef(place.table)} (${document}, ${id}, ${text}, ${vector})
    select n.document, n.id, n.text, n.vector
    from unnest(${chunks.map((chunk) => chunk.documentId)}::text[], ${chunks.map((chunk) => chunk.id)}::text[],
      ${chunks.map((chunk) => chunk.text)}::text[], ${vectors}::vector[])
      n(document, id, text, vector)
    on conflict (${document}, ${id}) do update set ${text} = excluded.${text}, ${vector} = excluded.${vector}`.execute(
    tx,
  );
}

/** Identity of a chunk: its id alone need only be unique within its document. */
export type ChunkKey = Pick<ChunkRow, 'documentId' | 'id'>;

/** Removes every chunk of these documents but those named. The transaction reads by index from here on. */
export async function removeOtherChunks(
  tx: Tx,
  place: ChunkTable,
  documentIds: readonly string[],
  keep: readonly ChunkKey[],
): Promise<void> {
  const [document, id] = [columnRef('c', place.document), columnRef('c', place.id)];
  // While a table has no statistics, five hundred ids look like all of it, and every batch would read the whole.
  await sql`select set_config('enable_seqscan', 'off', true)`.execute(tx);
  await sql`delete from ${tableRef(place.table)} c
    where ${document} = any(${documentIds}::text[])
      and not exists (select from unnest(${keep.map((chunk) => chunk.documentId)}::text[],
        ${keep.map((chunk) => chunk.id)}::text[]) k(document, id) where k.document = ${document} and k.id = ${id})`.execute(
    tx,
  );
}

/** How long the vectors are that stand in the table, or `null` when there are none. */
export async function standingDimensions(db: Db, place: ChunkTable): Promise<number | null> {
  const vector = columnRef('c', place.vector);
  const { rows } = await sql<{ dimensions: number }>`
    select cardinality(${vector}::real[]) as dimensions from ${tableRef(place.table)} c
    where ${vector} is not null limit 1`.execute(db);
  return rows[0]?.dimensions ?? null;
}
