import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { SuiteDatabase } from '../../support/stores.ts';
import { type Chunks, collectionsWith } from './chunk-kinds.ts';
import { bindRun, future, insertExpired, ledgerRows, past, removeAll, rule, sweep, undo } from './collection.ts';

/** A removal judges each row again as it stands, whatever the survey saw. */
export function recheckContract(database: SuiteDatabase, kind: Chunks): void {
  const createCollection = collectionsWith(kind);

  test.each([
    ['a row extended since the survey survives', `expires_at = '${future}'`],
    ['a row whose date was taken away since the survey survives', 'expires_at = null'],
    ['a row moved to another workspace since the survey survives', "workspace = 'b'"],
    ['a row that lost its workspace since the survey survives', 'workspace = null'],
  ])('%s, chunks and all', async (_name, change) => {
    const { db } = database;
    const docs = await createCollection(db);
    await insertExpired(docs, 'a', ['1', '2', '3']);
    const table = await docs.store.open(db);
    const run = await bindRun(db, table);
    await docs.execute(`update TABLE set ${change} where id = '2'`);
    const [row, chunk] = [await docs.image("id = '2'"), await docs.chunkImage("document_id = '2'")];
    expect(await removeAll(db, table, run, 'a')).toEqual({ seen: 3, documents: 2, spared: 1, vectors: 2 });
    expect([await docs.image(), await docs.chunkImage()]).toEqual([row, chunk]);
    expect(await ledgerRows(db, docs, 'rows', run.runNo)).toBe(2);
  });

  test('a row that leaves the static filter since the survey survives', async () => {
    const { db } = database;
    const columns = 'id text primary key, workspace text, expires_at timestamptz, meta jsonb';
    const docs = await createCollection(db, { columns, settings: { filter: { 'meta.kind': 'doc' } } });
    await docs.insert({ id: '1', workspace: 'a', expires_at: past, meta: { kind: 'doc' } });
    const table = await docs.store.open(db);
    const run = await bindRun(db, table);
    await docs.execute(`update TABLE set meta = '{"kind": "user"}'`);
    expect(await removeAll(db, table, run, 'a')).toMatchObject({ seen: 1, documents: 0 });
    expect(await docs.image()).toHaveLength(1);
  });

  test('rows that became due after the survey are left for the next run', async () => {
    const { db } = database;
    const docs = await createCollection(db);
    await insertExpired(docs, 'a', ['1']);
    const table = await docs.store.open(db);
    const run = await bindRun(db, table);
    await insertExpired(docs, 'a', ['0', '2']);
    expect(await removeAll(db, table, run, 'a')).toMatchObject({ documents: 1 });
    expect(await docs.image()).toHaveLength(2);
  });

  test('rows of another partition of the run are not removed under this one’s name', async () => {
    const { db } = database;
    const docs = await createCollection(db);
    await insertExpired(docs, 'a', ['1']);
    await insertExpired(docs, 'b', ['2']);
    const table = await docs.store.open(db);
    const run = await bindRun(db, table);
    const crossed = { ...run.at('a'), partition: 'b', rule, after: null, size: 10, keep: true };
    expect(await db.transaction().execute((tx) => table.remove(tx, crossed))).toMatchObject({ seen: 1, documents: 0 });
    expect(await docs.image()).toHaveLength(2);
  });

  test('a row that took the place of one that was surveyed is another one', async () => {
    const { db } = database;
    const docs = await createCollection(db, { chunks: null });
    const placeOf = async () => {
      const { rows } = await sql<{ place: string }>`select ctid::text as place from ${sql.id(docs.table)}`.execute(db);
      return rows.map((row) => row.place);
    };
    await docs.insert({ id: '1', workspace: 'a', expires_at: past });
    const table = await docs.store.open(db);
    const run = await bindRun(db, table);
    const place = await placeOf();
    await docs.execute('delete from TABLE');
    await docs.execute('vacuum TABLE');
    await docs.insert({ id: '2', workspace: 'a', expires_at: past });
    expect(await placeOf()).toEqual(place);
    expect(await removeAll(db, table, run, 'a')).toMatchObject({ seen: 1, documents: 0 });
    expect(await docs.image()).toHaveLength(1);
  });

  test('a hold on a row that exists unchanged is respected', async () => {
    const { db } = database;
    const docs = await createCollection(db);
    await insertExpired(docs, 'a', ['1', '2']);
    const first = await sweep(db, docs, 'a');
    await undo(db, docs, first, 'a');
    await docs.execute('delete from coppice.holds');
    const table = await docs.store.open(db);
    const run = await bindRun(db, table);
    await sql`insert into coppice.holds (collection, row_id, partition, dates, run_id)
      select ${docs.name}, '1', 'a', extract(epoch from timestamptz '${sql.raw(past)}')::text || '|', 'a run'`.execute(
      db,
    );
    expect(await removeAll(db, table, run, 'a')).toMatchObject({ seen: 2, documents: 1, spared: 1 });
    expect(await docs.image()).toEqual([expect.stringMatching(/^\(1,/)]);
  });
}
