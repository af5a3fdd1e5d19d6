import { sql } from 'kysely';
import { tableRef } from '../database/identifiers.ts';
import { idText } from '../database/row-ids.ts';
import type { Db } from '../database/schema.ts';
import type { RowStore } from '../stores/ports/row-store.ts';
import type { VectorStore } from '../stores/ports/vector-store.ts';

export interface Drift {
  /** Rows of the collection for which no vector is stored; a document without text has none by right. */
  readonly rows_without_vectors: number;
  /** Vectors whose document does not exist. */
  readonly vectors_without_row: number;
}

const pageSize = 1000;

/**
 * Counts the differences between the two stores. The vectors' document ids go page by page into a temporary table, so
 * that the database does the comparing and memory stays bounded. No transaction spans the pages: on the embedded
 * database it would keep out the very reads that fill it. Rows that change during the count may be counted wrongly.
 */
export async function measureDrift(db: Db, store: RowStore, vectors: VectorStore): Promise<Drift> {
  const { mapping } = store;
  const rows = tableRef(mapping.table);
  const id = idText('d', mapping);
  return db.connection().execute(async (session) => {
    await sql`drop table if exists coppice_drift`.execute(session);
    await sql`create temporary table coppice_drift (document_id text)`.execute(session);
    for await (const page of vectors.pages(pageSize)) {
      const ids = page.map((object) => object.documentId);
      await sql`insert into coppice_drift select * from unnest(${ids}::text[])`.execute(session);
    }
    const counts = await sql<Drift>`
      select
        (select count(*) from ${rows} d
          where not exists (select from coppice_drift v where v.document_id = ${id}))::int8 as rows_without_vectors,
        (select count(*) from coppice_drift v
          where not exists (select from ${rows} d where ${id} = v.document_id))::int8
          as vectors_without_row`.execute(session);
    await sql`drop table coppice_drift`.execute(session);
    return counts.rows[0] ?? { rows_without_vectors: 0, vectors_without_row: 0 };
  });
}

/** The count goes through a temporary table, which not every role may make. */
export async function mayMeasureDrift(db: Db): Promise<boolean> {
  const { rows } = await sql<{ may: boolean }>`
    select has_database_privilege(current_database(), 'TEMPORARY') as may`.execute(db);
  return rows[0]?.may === true;
}
