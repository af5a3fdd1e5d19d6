import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/database/database.ts';
import type { Db } from '../../src/database/schema.ts';
import type { ChunkTable, CollectionMapping } from '../../src/domain/mapping.ts';
import type { VectorImage } from '../../src/domain/vector-image.ts';
import { chunkKey } from '../../src/stores/postgres/chunks/chunk-table.ts';
import { createChunkTableVectors } from '../../src/stores/postgres/chunks/chunk-table-vectors.ts';
import { describeOnDatabases } from '../support/stores.ts';
import { vectorStoreContract } from './vector-store.contract.ts';

const chunks: ChunkTable = {
  in: 'table',
  table: { schema: 'public', name: 'Chunk "table"' },
  ...{ id: 'no', document: 'document_id', text: 'text', vector: 'embedding' },
};
const mapping: CollectionMapping = {
  ...{ name: 'documents', mapped: true, table: { schema: 'public', name: 'documents' }, id: 'id' },
  document: null,
  partition: { column: 'meta', keys: ['owner', 'ws'] },
  ...{ expiresAt: null, fetchedAt: null, url: null, title: null, content: null, contentHash: null, quality: null },
  filter: [],
  vectors: chunks,
  maxAgeDays: null,
  accept: [],
};

/** Chunks are numbered within their document: the same number stands in many. */
function chunk(partition: string, documentId: string, at: number, text = `text ${at}`): VectorImage {
  const seed = [...`${partition} ${documentId} ${at}`].reduce(
    (sum, char) => (sum * 31 + (char.codePointAt(0) ?? 0)) % 1_000_003,
    7,
  );
  return {
    id: chunkKey(documentId, String(at)),
    documentId,
    properties: { no: at, document_id: documentId, text },
    vectors: { default: Array.from({ length: 8 }, (_, k) => Math.fround(Math.sin(seed * (k + 1)))) },
    revision: null,
  };
}

/** Of the suite that runs. */
let db: Db;
const addDocument = async (partition: string, id: string) => {
  const meta = JSON.stringify({ owner: { ws: partition } });
  await sql`insert into documents values (${id}, ${meta}::jsonb) on conflict do nothing`.execute(db);
};

describeOnDatabases('a chunk table', (database) => {
  beforeAll(async () => {
    db = database.db;
    await sql`create table documents (id text primary key, meta jsonb not null)`.execute(db);
    await sql`create table "Chunk ""table""" (
    document_id text not null references documents (id), no int not null, text text, embedding vector,
    big bigint, amount numeric, at timestamptz default now(), tags text[], nested jsonb, bytes bytea,
    words tsvector generated always as (to_tsvector('simple', text)) stored,
    primary key (document_id, no))`.execute(db);
  });

  vectorStoreContract('a chunk table of PostgreSQL', async () => ({
    store: createChunkTableVectors(db, mapping),
    addDocument,
    chunk,
    async nearest(vector, limit) {
      const { rows } = await sql<{ document: string; no: string }>`
      select document_id as document, no::text as no from "Chunk ""table"""
      order by embedding <=> ${JSON.stringify(vector)}::vector limit ${limit}`.execute(db);
      return rows.map((row) => chunkKey(row.document, row.no));
    },
    stop: async () => {},
  }));

  describe('a chunk table of PostgreSQL', () => {
    it('restores every kind of column exactly, whatever the session it is read in', async () => {
      const store = createChunkTableVectors(db, mapping);
      const documentId = randomUUID();
      await addDocument('kinds', documentId);
      await sql`insert into "Chunk ""table""" (document_id, no, text, embedding, big, amount, at, tags, nested, bytes)
      values (${documentId}, 1, null, '[0.1,-2e-30,3,4,5,6,7,8]', 9007199254740993, 1.10,
        '2026-01-01 00:00:00.123456+02', array['a', null, ' "'], '{"n": [1, {"x": null}]}', '\\x00ff'),
        (${documentId}, 2, 'no vector', null, null, null, null, null, null, null)`.execute(db);
      const text = async () =>
        (
          await sql<{ row: string }>`select c::text as row from "Chunk ""table""" c
        where document_id = ${documentId} order by no`.execute(db)
        ).rows;
      const before = await text();
      const images = await store.fetch({ partition: 'kinds', documentIds: [documentId] });
      expect(images.map((image) => Object.keys(image.vectors).length).sort()).toEqual([0, 1]);
      await store.remove('kinds', images);
      expect(await text()).toEqual([]);
      await store.restore('kinds', images);
      expect(await text()).toEqual(before);
    });

    it('keeps the same chunk number of another document apart', async () => {
      const store = createChunkTableVectors(db, mapping);
      const [one, two] = [randomUUID(), randomUUID()];
      await addDocument('p', one);
      await addDocument('p', two);
      await store.put('p', [chunk('p', one, 0), chunk('p', two, 0)]);
      const images = await store.fetch({ partition: 'p', documentIds: [one, two] });
      await store.put('p', [chunk('p', two, 0, 'written since')]);
      expect(await store.remove('p', images)).toEqual({ changed: [chunkKey(two, '0')] });
    });

    // The embedded engine knows no statement timeout.
    if (database.name === 'native')
      it('reports a statement that takes too long, and a database that is down', async () => {
        const late = createChunkTableVectors(db, mapping, { timeoutMs: 200 });
        await db.transaction().execute(async (tx) => {
          await sql`lock table "Chunk ""table""" in access exclusive mode`.execute(tx);
          await expect(late.fetch({ partition: 'p', documentIds: ['d'] })).rejects.toMatchObject({
            name: 'TimeoutError',
          });
        });
        const gone = openDatabase({ url: 'postgres://postgres@127.0.0.1:1/none' });
        const error = { name: 'ConnectionError', wholeStore: true };
        await expect(createChunkTableVectors(gone, mapping).probe()).rejects.toMatchObject(error);
        await gone.destroy();
      });

    it('creates the default tables once, although two do so at once', async () => {
      const table = { schema: 'fresh', name: 'documents' };
      const own = { ...chunks, table: { schema: 'fresh', name: 'chunks' }, id: 'id' };
      const fresh = { ...mapping, mapped: false, table, vectors: own, workspace: { column: 'workspace', keys: [] } };
      const stores = [1, 2, 3].map(() => createChunkTableVectors(db, fresh));
      await Promise.all(stores.map((store) => store.ensure()));
      await stores[0]?.probe();
    });
  });
});
