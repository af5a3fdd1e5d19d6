import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Batch } from '../../../src/stores/ports/batch.ts';
import type { SuiteDatabase } from '../../support/stores.ts';
import { type Chunks, collectionsWith } from './chunk-kinds.ts';
import {
  bindRun,
  future,
  insertExpired,
  ledgerRows,
  newRun,
  past,
  removeAll,
  rule,
  survey,
  sweep,
  undo,
} from './collection.ts';

/** Names that have broken something somewhere. */
const hostileNames = [
  ...["o'clock", "'; drop table docs; --", 'double "quotes"', 'back\\slash', '$1', '$$', ':name', '{a,b}', '(1,2)'],
  ...['new\nline', 'tab\t', ' padded ', '%', '_', '*', '%s', '文档', 'é', 'e\u0301', '🌳', 'NULL', 'null', 'true', '0'],
  'x'.repeat(10_240),
];

/** Promises of a removal, on one database. */
export function removalContract(database: SuiteDatabase, kind: Chunks): void {
  const createCollection = collectionsWith(kind);

  test('takes what was due with its chunks into the ledger, exactly, in batches of any size', async () => {
    const { db } = database;
    for (const size of [1, 2, 3, 100]) {
      const docs = await createCollection(db);
      await insertExpired(docs, 'a', ['1', '2', '3', '4', '5']);
      await docs.insertChunks({ document_id: '3', id: '2', text: 'no vector', embedding: null });
      await docs.insert({ id: 'stays', workspace: 'a', expires_at: future });
      const table = await docs.store.open(db);
      const run = await bindRun(db, table);
      expect(await removeAll(db, table, run, 'a', size)).toEqual({ seen: 5, documents: 5, spared: 0, vectors: 5 });
      expect(await docs.image()).toEqual([expect.stringContaining('stays')]);
      expect(await docs.chunkImage()).toEqual([]);
      expect(await ledgerRows(db, docs, 'rows', run.runNo)).toBe(5);
      expect(await ledgerRows(db, docs, 'chunks', run.runNo)).toBe(6);
    }
  });

  test('a batch continues after the last id of the previous one, however ids sort as text', async () => {
    const { db } = database;
    const docs = await createCollection(db, {
      columns: 'id bigint primary key, workspace text, expires_at timestamptz',
      chunks: null,
    });
    await docs.execute(
      `insert into TABLE select n, 'a', '${past}' from unnest(array[2, 10, 9, 100, -5, 9007199254740993]::bigint[]) n`,
    );
    const table = await docs.store.open(db);
    const run = await bindRun(db, table);
    const seen: (string | null)[] = [];
    for (let after: string | null = null; seen.length < 3; ) {
      const batch: Batch = { ...run.at('a'), partition: 'a', rule, after, size: 2, keep: true };
      after = (await db.transaction().execute((tx) => table.remove(tx, batch))).after;
      seen.push(after);
    }
    expect(seen).toEqual(['2', '4', '6']);
    expect(await docs.image()).toEqual([]);
  });

  test('other workspaces are byte for byte what they were: rows, chunks and vectors', async () => {
    const { db } = database;
    const docs = await createCollection(db);
    await insertExpired(docs, 'a', ['1', '2']);
    await insertExpired(docs, 'b', ['3', '4']);
    await docs.insert({ id: '5', workspace: null, expires_at: past }, { id: '6', workspace: '', expires_at: past });
    const others = await docs.image("workspace is distinct from 'a'");
    const otherChunks = await docs.chunkImage("document_id in ('3', '4')");
    expect([others.length, otherChunks.length]).toEqual([4, 2]);
    await sweep(db, docs, 'a');
    expect(await docs.image()).toEqual(others);
    expect(await docs.chunkImage()).toEqual(otherChunks);
  });

  test('names that are hostile to SQL are only names: each is counted, removed and put back alone', async () => {
    const { db } = database;
    const docs = await createCollection(db);
    for (const [at, name] of hostileNames.entries()) await insertExpired(docs, name, [`${at}`]);
    const table = await docs.store.open(db);
    const run = await bindRun(db, table);
    const partitions = (await survey(db, table)).map((count) => count.partition);
    expect(partitions.toSorted()).toEqual(hostileNames.toSorted());
    for (const [at, name] of hostileNames.entries()) {
      const others = await docs.image(`id <> '${at}'`);
      expect(await removeAll(db, table, run, name)).toEqual({ seen: 1, documents: 1, spared: 0, vectors: 1 });
      expect(await docs.image()).toEqual(others);
      expect(await undo(db, docs, run, name)).toMatchObject({ restored: [`${at}`], refused: [], vectors: 1 });
    }
    expect(await docs.image()).toHaveLength(hostileNames.length);
  });

  test('a batch run again removes nothing more and records nothing twice', async () => {
    const { db } = database;
    const docs = await createCollection(db);
    await insertExpired(docs, 'a', ['1', '2']);
    const table = await docs.store.open(db);
    const run = await bindRun(db, table);
    await removeAll(db, table, run, 'a');
    expect(await removeAll(db, table, run, 'a')).toEqual({ seen: 2, documents: 0, spared: 2, vectors: 0 });
    expect(await ledgerRows(db, docs, 'rows', run.runNo)).toBe(2);
  });

  test('a column added since the mapping check stops the removal, and nothing is removed', async () => {
    const { db } = database;
    const docs = await createCollection(db);
    await insertExpired(docs, 'a', ['1', '2']);
    const table = await docs.store.open(db);
    const run = await bindRun(db, table);
    await docs.execute('alter table TABLE add column extra text');
    await expect(removeAll(db, table, run, 'a')).rejects.toMatchObject({ name: expect.stringMatching(/error/i) });
    expect([(await docs.image()).length, (await docs.chunkImage()).length]).toEqual([2, 2]);
    expect(await ledgerRows(db, docs, 'rows', run.runNo)).toBe(0);
    expect((await docs.store.open(db)).fingerprint).not.toBe(table.fingerprint);
  });

  test('a column added to the chunks since the mapping check stops the removal too', async () => {
    const { db } = database;
    const docs = await createCollection(db);
    await insertExpired(docs, 'a', ['1']);
    const table = await docs.store.open(db);
    const run = await bindRun(db, table);
    await docs.execute('alter table CHUNKS add column extra text');
    await expect(removeAll(db, table, run, 'a')).rejects.toThrow();
    expect([(await docs.image()).length, (await docs.chunkImage()).length]).toEqual([1, 1]);
  });

  test('ids may be uuids, and vectors columns of the row, counted where there is one', async () => {
    const { db } = database;
    const docs = await createCollection(db, {
      columns: 'id uuid primary key, workspace text, expires_at timestamptz, embedding vector(3)',
      chunks: null,
      settings: { vectors: { in: 'row', column: 'embedding' } },
    });
    await docs.execute(`insert into TABLE select gen_random_uuid(), 'a', '${past}',
      case when n > 1 then '[1,2,3]'::vector end from generate_series(1, 5) n`);
    const before = await docs.image();
    const table = await docs.store.open(db);
    const run = await bindRun(db, table);
    expect(await removeAll(db, table, run, 'a', 2)).toEqual({ seen: 5, documents: 5, spared: 0, vectors: 4 });
    expect(await undo(db, docs, run, 'a')).toMatchObject({ refused: [], vectors: 4 });
    expect(await docs.image()).toEqual(before);
  });

  test('workspace and dates may be in a JSON column', async () => {
    const { db } = database;
    const docs = await createCollection(db, {
      columns: 'id bigint primary key, payload jsonb',
      chunks: null,
      settings: {
        workspace: { path: 'payload.owner.user_id' },
        expires_at: { path: 'payload.expiration_date', type: 'date' },
      },
    });
    const payload = (user: unknown, date: string) => ({ owner: { user_id: user }, expiration_date: date });
    await docs.insert(
      { id: 1, payload: payload('ann', '2026-05-31') },
      { id: 2, payload: payload('ann', '2026-06-01') },
      { id: 3, payload: payload(null, '2020-01-01') },
      { id: 4, payload: payload('bob', '2020-01-01') },
      { id: 5, payload: {} },
    );
    const table = await docs.store.open(db);
    expect(await survey(db, table)).toMatchObject([
      { partition: 'ann', rows: 2, due: 1 },
      { partition: 'bob', rows: 1, due: 1 },
      { partition: null, rows: 2 },
    ]);
    await removeAll(db, table, await bindRun(db, table), 'ann');
    const { rows } = await sql<{ id: number }>`select id from ${sql.id(docs.table)} order by id`.execute(db);
    expect(rows.map((row) => row.id)).toEqual([2, 3, 4, 5]);
  });

  test('a table of several partitions of its own is one table', async () => {
    const { db } = database;
    const docs = await createCollection(db, {
      columns: 'id text primary key, workspace text, expires_at timestamptz) partition by hash (id',
      chunks: null,
    });
    for (const part of [0, 1, 2]) {
      await docs.execute(
        `create table TABLE_${part} partition of TABLE for values with (modulus 3, remainder ${part})`,
      );
    }
    const rows = Array.from({ length: 30 }, (_, at) => ({ id: String(at), workspace: at % 2 === 0 ? 'a' : 'b' }));
    await docs.insert(...rows.map((row, at) => ({ ...row, expires_at: at % 5 === 0 ? past : future })));
    const before = await docs.image();
    const table = await docs.store.open(db);
    const run = await bindRun(db, table);
    expect(await removeAll(db, table, run, 'a', 2)).toMatchObject({ documents: 3, spared: 0 });
    expect(await docs.image()).toEqual(await docs.image("not (workspace = 'a' and id::int % 5 = 0)"));
    expect(await docs.image()).toHaveLength(27);
    await undo(db, docs, run, 'a');
    expect(await docs.image()).toEqual(before);
  });

  test('small partitions go together, each with its own count, and no other is touched', async () => {
    const { db } = database;
    const docs = await createCollection(db);
    await insertExpired(docs, 'a', ['a1', 'a2', 'a3']);
    await insertExpired(docs, 'b', ['b1', 'b2']);
    await insertExpired(docs, 'c', ['c1']);
    await insertExpired(docs, 'd', ['d1']);
    const before = await docs.image();
    const table = await docs.store.open(db);
    const run = await bindRun(db, table);
    await docs.execute(`update TABLE set expires_at = '${future}' where id = 'a2'`);
    await docs.execute("update TABLE set body = 'moved within the table' where id = 'b1'");
    await docs.execute("update TABLE set workspace = 'd' where id = 'c1'");
    const [others, extended] = [await docs.image("workspace = 'd'"), await docs.image("id = 'a2'")];
    const partitions = ['a', 'b', 'c'].map((partition) => ({ no: run.at(partition).partNo, partition }));
    const group = { runNo: run.runNo, partitions, rule, keep: true };
    const removals = await db.transaction().execute((tx) => table.removeTogether(tx, group));
    expect(partitions.map(({ no }) => removals.get(no))).toMatchObject([
      { seen: 3, documents: 2, spared: 1, vectors: 2 },
      { seen: 2, documents: 2, spared: 0, vectors: 2 },
      { seen: 1, documents: 0, spared: 1, vectors: 0 },
    ]);
    expect(await docs.image()).toEqual([...extended, ...others].sort());
    expect(await undo(db, docs, run, 'a')).toMatchObject({ restored: ['a1', 'a3'], vectors: 2 });
    expect(await undo(db, docs, run, 'b')).toMatchObject({ restored: ['b1', 'b2'], vectors: 2 });
    expect((await docs.image()).length).toBe(before.length);
  });

  test.each([true, false])('a batch records removed rows only where the ledger is enabled: %s', async (keep) => {
    const { db } = database;
    const docs = await createCollection(db);
    await insertExpired(docs, 'a', ['1', '2']);
    const table = await docs.store.open(db);
    const run = await bindRun(db, table);
    expect(await removeAll(db, table, run, 'a', 100, keep)).toEqual({ seen: 2, documents: 2, spared: 0, vectors: 2 });
    const kept = [await ledgerRows(db, docs, 'rows', run.runNo), await ledgerRows(db, docs, 'chunks', run.runNo)];
    expect(kept).toEqual(keep ? [2, 2] : [0, 0]);
  });

  test('a run that was bound to nothing removes nothing', async () => {
    const { db } = database;
    const docs = await createCollection(db);
    await docs.insert({ id: '1', workspace: 'a', expires_at: future });
    const table = await docs.store.open(db);
    const run = await bindRun(db, table);
    await docs.execute(`update TABLE set expires_at = '${past}'`);
    expect(await removeAll(db, table, run, 'a')).toEqual({ seen: 0, documents: 0, spared: 0, vectors: 0 });
    const { no } = await newRun(db);
    await expect(removeAll(db, table, { ...run, at: () => ({ runNo: no, partNo: 1 }) }, 'a')).rejects.toThrow('items_');
    expect(await docs.image()).toHaveLength(1);
  });
}
