import { expect, test } from 'vitest';
import type { SuiteDatabase } from '../../support/stores.ts';
import {
  bindRun,
  createCollection,
  future,
  insertExpired,
  ledgerRows,
  past,
  removeAll,
  survey,
  sweep,
  undo,
} from './collection.ts';

/** Undo: exact, idempotent, never over what exists again, and on hold. */
export function restoreContract(database: SuiteDatabase): void {
  test('puts every type of column back exactly', async () => {
    const { db } = database;
    const docs = await createCollection(db, {
      columns: `id bigint generated always as identity primary key, workspace text, expires_at timestamptz(6),
        amount numeric, exact numeric(20, 5), float8 float8, float4 float4, big bigint, flag boolean, bytes bytea,
        doc jsonb, raw json, tags text[], grid int[][], at timestamp, day date, clock timetz, span interval,
        address inet, key uuid, words tsvector, range tstzrange, code char(5), word varchar(7), embedding vector(3),
        length int generated always as (coalesce(length(word), 0)) stored, defaulted text default 'other'`,
      chunks: `document_id bigint not null references TABLE, id int generated always as identity, text text,
        embedding vector(3), score numeric, primary key (document_id, id)`,
    });
    const columns = `workspace, expires_at, amount, exact, float8, float4, big, flag, bytes, doc, raw, tags, grid, at, day,
      clock, span, address, key, words, range, code, word, embedding, defaulted`;
    await docs.execute(`insert into TABLE (${columns}) values ('a', '2026-01-01 00:00:00.123456+02', 1.10,
      -123456789012345.00001, 0.1, 1e-30, 9007199254740993, false, '\\x00ff', '{"b": 1, "a": [1.10, null, "\\u00e9"]}',
      '{"b": 1,  "a":1.10, "b": 2}', array['a', null, '', ' "'], '{{1,2},{3,null}}', '2026-01-01 00:00:00.000001',
      'infinity', '12:00:00.5+05:30', '1 mon 2 days 03:04:05.000006', '10.0.0.1/8', gen_random_uuid(), 'a b',
      '[2026-01-01, 2026-02-01)', 'ab', e'wörd\\n', '[0.1,-2e-30,3]', null)`);
    await docs.execute(`insert into TABLE (workspace, expires_at) values ('a', '${past}')`);
    await docs.execute(
      'insert into CHUNKS (document_id, text, embedding, score) select id, null, null, 1.50 from TABLE',
    );
    await docs.execute(`insert into CHUNKS (document_id, text, embedding) select id, 'é', '[1e-38,2,-0.1]' from TABLE`);
    const before = [await docs.image(), await docs.chunkImage()];
    const run = await sweep(db, docs, 'a', 1);
    expect([await docs.image(), await docs.chunkImage()]).toEqual([[], []]);
    expect(await undo(db, docs, run, 'a')).toMatchObject({ restored: ['1', '2'], refused: [], vectors: 2 });
    expect([await docs.image(), await docs.chunkImage()]).toEqual(before);
  });

  test('undoing a run a second time changes nothing, and its ledger is empty', async () => {
    const { db } = database;
    const docs = await createCollection(db);
    await insertExpired(docs, 'a', ['1', '2', '3']);
    const before = [await docs.image(), await docs.chunkImage()];
    const run = await sweep(db, docs, 'a');
    expect(await undo(db, docs, run, 'a')).toMatchObject({ restored: ['1', '2', '3'], vectors: 3 });
    expect(await undo(db, docs, run, 'a')).toMatchObject({ restored: [], refused: [], vectors: 0 });
    expect([await docs.image(), await docs.chunkImage()]).toEqual(before);
    expect(await ledgerRows(db, docs, 'rows', run.runNo)).toBe(0);
    expect(await ledgerRows(db, docs, 'chunks', run.runNo)).toBe(0);
  });

  test('takes back what its own run removed from its own partition, and no other', async () => {
    const { db } = database;
    const docs = await createCollection(db);
    await insertExpired(docs, 'a', ['1']);
    await insertExpired(docs, 'b', ['2']);
    const table = await docs.store.open(db);
    const run = await bindRun(db, table);
    for (const partition of ['a', 'b']) await removeAll(db, table, run, partition);
    await insertExpired(docs, 'a', ['3']);
    await sweep(db, docs, 'a');
    expect(await undo(db, docs, run, 'a')).toMatchObject({ restored: ['1'] });
    expect(await docs.image()).toEqual([expect.stringMatching(/^\(1,/)]);
  });

  test('a row written again meanwhile is refused by name and left as it is; another undo tries it again', async () => {
    const { db } = database;
    const docs = await createCollection(db);
    await insertExpired(docs, 'a', ['1', '2']);
    const run = await sweep(db, docs, 'a');
    await docs.insert({ id: '2', workspace: 'a', body: 'written again', expires_at: future });
    const written = await docs.image();
    expect(await undo(db, docs, run, 'a')).toMatchObject({ restored: ['1'], refused: ['2'], vectors: 1 });
    expect(await docs.image("id = '2'")).toEqual(written);
    expect(await docs.chunkImage("document_id = '2'")).toEqual([]);
    expect(await ledgerRows(db, docs, 'rows', run.runNo)).toBe(1);
    expect(await ledgerRows(db, docs, 'chunks', run.runNo)).toBe(1);
    await docs.execute("delete from TABLE where id = '2'");
    expect(await undo(db, docs, run, 'a')).toMatchObject({ restored: ['2'], refused: [], vectors: 1 });
  });

  test('a row that would break another unique column is refused, not forced and not lost', async () => {
    const { db } = database;
    const columns = 'id text primary key, workspace text, url text unique, expires_at timestamptz';
    const docs = await createCollection(db, { columns });
    await docs.insert({ id: '1', workspace: 'a', url: 'u', expires_at: past });
    const run = await sweep(db, docs, 'a');
    await docs.insert({ id: 'new', workspace: 'a', url: 'u', expires_at: future });
    expect(await undo(db, docs, run, 'a')).toMatchObject({ restored: [], refused: ['1'] });
    expect(await docs.image()).toHaveLength(1);
    expect(await ledgerRows(db, docs, 'rows', run.runNo)).toBe(1);
  });

  test('a chunk whose id belongs to another document now refuses its own document alone', async () => {
    const { db } = database;
    const docs = await createCollection(db, {
      chunks: 'id text primary key, document_id text not null references TABLE (id), text text, embedding vector(3)',
    });
    await docs.insert(...['1', '2', '3'].map((id) => ({ id, workspace: 'a', expires_at: id === '3' ? future : past })));
    await docs.insertChunks({ id: 'x', document_id: '1' }, { id: 'y', document_id: '2' });
    const run = await sweep(db, docs, 'a');
    await docs.insertChunks({ id: 'x', document_id: '3' });
    expect(await undo(db, docs, run, 'a')).toMatchObject({ restored: ['2'], refused: ['1'] });
    expect(await docs.chunkImage("id = 'x'")).toEqual([expect.stringContaining('x,3')]);
  });

  test('restored rows are on hold: no run removes them until their dates change', async () => {
    const { db } = database;
    const docs = await createCollection(db);
    await insertExpired(docs, 'a', ['1', '2']);
    const run = await sweep(db, docs, 'a');
    await undo(db, docs, run, 'a');
    const table = await docs.store.open(db);
    expect(await survey(db, table)).toMatchObject([{ rows: 2, due: 0, onHold: 2, oldest: null, digest: '0' }]);
    await docs.execute("update TABLE set body = 'other words'");
    expect(await survey(db, table)).toMatchObject([{ due: 0, onHold: 2 }]);
    await docs.execute("update TABLE set expires_at = expires_at + interval '1 second' where id = '1'");
    expect(await survey(db, table)).toMatchObject([{ due: 1, onHold: 1 }]);
    expect(await removeAll(db, table, await bindRun(db, table), 'a')).toMatchObject({ seen: 1, documents: 1 });
    expect(await docs.image()).toEqual([expect.stringMatching(/^\(2,/)]);
  });

  test('a hold set after the survey stops the removal as well', async () => {
    const { db } = database;
    const docs = await createCollection(db);
    await insertExpired(docs, 'a', ['1']);
    const first = await sweep(db, docs, 'a');
    await insertExpired(docs, 'a', ['1']);
    const table = await docs.store.open(db);
    const second = await bindRun(db, table);
    await docs.execute('delete from CHUNKS');
    await docs.execute('delete from TABLE');
    await undo(db, docs, first, 'a');
    expect(await removeAll(db, table, second, 'a')).toMatchObject({ seen: 1, documents: 0 });
    expect(await docs.image()).toHaveLength(1);
  });

  test('rows and chunks come back exactly although columns were added since', async () => {
    const { db } = database;
    const docs = await createCollection(db);
    await insertExpired(docs, 'a', ['1', '2']);
    await insertExpired(docs, 'b', ['3']);
    const run = await sweep(db, docs, 'a');
    await docs.execute('alter table TABLE add column unrelated int default 7');
    await docs.execute('alter table CHUNKS add column unrelated int default 8');
    const later = await sweep(db, docs, 'b');
    expect(await undo(db, docs, run, 'a')).toMatchObject({ restored: ['1', '2'], refused: [], vectors: 2 });
    expect(await undo(db, docs, later, 'b')).toMatchObject({ restored: ['3'], refused: [], vectors: 1 });
    expect(await docs.image()).toHaveLength(3);
    expect(await docs.image('unrelated = 7')).toHaveLength(3);
    expect(await docs.chunkImage('unrelated = 8')).toHaveLength(3);
  });

  test('where a column was dropped since, no row is restored in part: the undo names the column', async () => {
    const { db } = database;
    const docs = await createCollection(db);
    await insertExpired(docs, 'a', ['1']);
    const run = await sweep(db, docs, 'a');
    await docs.execute('alter table TABLE drop column body');
    await expect(undo(db, docs, run, 'a')).rejects.toThrow('no column body any more');
    expect(await ledgerRows(db, docs, 'rows', run.runNo)).toBe(1);
    await docs.execute('alter table TABLE add column body text');
    expect(await undo(db, docs, run, 'a')).toMatchObject({ restored: ['1'], vectors: 1 });
    expect(await docs.image("body = 'body of 1'")).toHaveLength(1);
  });

  test('documents and chunks may name a document by different types', async () => {
    const { db } = database;
    const docs = await createCollection(db, {
      columns: 'id uuid primary key, workspace text, expires_at timestamptz',
      chunks: 'id int primary key, document_id varchar(40) not null, text text, embedding vector(3)',
    });
    await docs.execute(`insert into TABLE select gen_random_uuid(), 'a', '${past}' from generate_series(1, 3)`);
    await docs.execute("insert into CHUNKS select row_number() over (), id, 't', '[1,2,3]' from TABLE");
    const before = [await docs.image(), await docs.chunkImage()];
    const run = await sweep(db, docs, 'a', 2);
    expect([await docs.image(), await docs.chunkImage()]).toEqual([[], []]);
    expect(await undo(db, docs, run, 'a')).toMatchObject({ refused: [], vectors: 3 });
    expect([await docs.image(), await docs.chunkImage()]).toEqual(before);
  });
}
