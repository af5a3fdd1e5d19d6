import { sql } from 'kysely';
import type { Db, Tx } from '../../database/schema.ts';
import type { LedgerAddress } from '../../domain/ledger-address.ts';
import type { VectorImage } from '../../domain/vector-image.ts';
import { packFloats, unpackFloats } from './packed-floats.ts';

/** Prior images of vectors that live outside the database, whole, written before anything is deleted there. */
export async function recordVectors(
  tx: Tx,
  at: LedgerAddress,
  collection: string,
  images: readonly VectorImage[],
): Promise<void> {
  if (images.length === 0) return;
  const rows = images.map((image) => ({
    row_id: image.documentId,
    vector_id: image.id,
    properties: image.properties,
    vectors: mapValues(image.vectors, packFloats),
    revision: image.revision,
  }));
  await sql`insert into coppice.ledger_vectors
      (run_no, day, collection, part_no, row_id, vector_id, properties, vectors, revision)
    select ${at.runNo}, current_date, ${collection}, ${at.partNo}, v.*
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as v (row_id text, vector_id text, properties jsonb, vectors jsonb, revision text)`.execute(tx);
}

export async function recordedVectors(db: Db, at: LedgerAddress, rowIds: readonly string[]): Promise<VectorImage[]> {
  if (rowIds.length === 0) return [];
  const rows = await db
    .selectFrom('coppice.ledger_vectors')
    .select(['vector_id', 'row_id', 'properties', 'vectors', 'revision'])
    .where('run_no', '=', at.runNo)
    .where('part_no', '=', at.partNo)
    .where('row_id', 'in', [...rowIds])
    .execute();
  return rows.map((row) => ({
    id: row.vector_id,
    documentId: row.row_id,
    properties: row.properties,
    vectors: mapValues(row.vectors, unpackFloats),
    revision: row.revision,
  }));
}

export async function dropVectors(tx: Tx, at: LedgerAddress, rowIds: readonly string[]): Promise<void> {
  if (rowIds.length === 0) return;
  await tx
    .deleteFrom('coppice.ledger_vectors')
    .where('run_no', '=', at.runNo)
    .where('part_no', '=', at.partNo)
    .where('row_id', 'in', [...rowIds])
    .execute();
}

function mapValues<From, To>(record: Readonly<Record<string, From>>, of: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, of(value)]));
}
