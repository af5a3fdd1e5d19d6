import { sql } from 'kysely';
import type { ChunkTable } from '../../domain/mapping.ts';
import type { Db, Tx } from '../../state/schema.ts';
import { columnRef, tableRef } from './fields.ts';

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
  const [document, id, text, vector] = names.map((name) => sql.id(name));
  await sql`insert into ${tableRef(place.table)} (${document}, ${id}, ${text}, ${vector})
    select n.document, n.id, n.text, n.vector::vector
    from unnest(${chunks.map((chunk) => chunk.documentId)}::text[], ${chunks.map((chunk) => chunk.id)}::text[],
      ${chunks.map((chunk) => chunk.text)}::text[], ${chunks.map((chunk) => vectorText(chunk.vector))}::text[])
      n(document, id, text, vector)
    on conflict (${document}, ${id}) do update set ${text} = excluded.${text}, ${vector} = excluded.${vector}`.execute(
    tx,
  );
}

/** Which chunk: the id alone need only be unique within its document. */
export type ChunkKey = Pick<ChunkRow, 'documentId' | 'id'>;

/** Removes every chunk of these documents but those named. */
export async function removeOtherChunks(
  tx: Tx,
  place: ChunkTable,
  documentIds: readonly string[],
  keep: readonly ChunkKey[],
): Promise<void> {
  const [document, id] = [columnRef('c', place.document), columnRef('c', place.id)];
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

/** Nine digits name a 32-bit float exactly; the double that carries it would be written with seventeen. */
function vectorText(vector: readonly number[]): string {
  return `[${vector.map((value) => (value === 0 ? '0' : Math.fround(value).toPrecision(9))).join()}]`;
}
