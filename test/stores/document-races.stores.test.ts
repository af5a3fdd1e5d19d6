import { sql } from 'kysely';
import type pg from 'pg';
import { expect, test } from 'vitest';
import { toMapping } from '../../src/config/mapping.ts';
import type { RowTable } from '../../src/stores/ports/row-store.ts';
import { createRowStore } from '../../src/stores/postgres/row-store.ts';
import { describeOnDatabase, type SuiteDatabase } from '../support/stores.ts';
import { until } from '../support/until.ts';
import {
  type BoundRun,
  bindRun,
  type Collection,
  createCollection,
  future,
  insertExpired,
  ledgerRows,
  past,
  removeAll,
  rule,
  undo,
} from './contract/collection.ts';

const cascading = `document_id text not null references TABLE (id) on delete cascade, id text, text text,
  embedding vector(3), primary key (document_id, id)`;

/** Concurrent writes. The embedded database has one session, so these tests use the native one. */
describeOnDatabase('native', 'removal while others write', (database) => {
  test('a row that is being extended when the removal comes to it is waited for, and survives', async () => {
    const { docs, removing } = await halfway(database, `update TABLE set expires_at = '${future}' where id = '2'`);
    expect(await removing).toMatchObject({ seen: 3, documents: 2, vectors: 2 });
    expect(await docs.image()).toEqual([expect.stringMatching(/^\(2,/)]);
    expect(await docs.chunkImage()).toEqual([expect.stringMatching(/^\(2,/)]);
  });

  test('a row that is being moved to another workspace survives', async () => {
    const { docs, removing } = await halfway(database, "update TABLE set workspace = 'b' where id = '2'");
    expect(await removing).toMatchObject({ documents: 2 });
    expect(await docs.image()).toEqual([expect.stringMatching(/^\(2,b/)]);
  });

  test('a row that is updated and stays due is removed whole, as it then is', async () => {
    const { docs, run, removing } = await halfway(database, "update TABLE set body = 'newest' where id = '2'");
    expect(await removing).toMatchObject({ documents: 3, vectors: 3 });
    expect([await docs.image(), await docs.chunkImage()]).toEqual([[], []]);
    expect(await ledgerRows(database.db, docs, 'rows', run.runNo)).toBe(3);
    expect(await ledgerRows(database.db, docs, 'chunks', run.runNo)).toBe(3);
  });

  test('a row that another client is deleting is not counted as removed', async () => {
    const { docs, run, removing } = await halfway(
      database,
      "with gone as (delete from CHUNKS where document_id = '2') delete from TABLE where id = '2'",
    );
    expect(await removing).toMatchObject({ seen: 3, documents: 2, vectors: 2 });
    expect(await docs.image()).toEqual([]);
    expect(await ledgerRows(database.db, docs, 'rows', run.runNo)).toBe(2);
  });

  test('a row whose extension is rolled back is removed', async () => {
    const change = `update TABLE set expires_at = '${future}' where id = '2'`;
    const { docs, removing } = await halfway(database, change, { end: 'rollback' });
    expect(await removing).toMatchObject({ documents: 3 });
    expect(await docs.image()).toEqual([]);
  });

  test.each([
    ['holds its document', {}],
    ['goes with its document by cascade', { chunks: cascading }],
  ])('a chunk that is being inserted never vanishes unrecorded, where its foreign key %s', async (_name, options) => {
    const insert = "insert into CHUNKS values ('2', 'late', 'late text', '[1,2,3]')";
    const { docs, run, removing } = await halfway(database, insert, options);
    expect(await removing).toMatchObject({ documents: 3, vectors: 4 });
    expect([await docs.image(), await docs.chunkImage()]).toEqual([[], []]);
    expect(await ledgerRows(database.db, docs, 'chunks', run.runNo)).toBe(4);
  });

  test('a row that is being extended gets no intent', async () => {
    const docs = await createCollection(database.db, { chunks: null });
    await docs.insert(
      { id: '1', workspace: 'a', expires_at: '2026-05-01' },
      { id: '2', workspace: 'a', expires_at: '2026-05-01' },
    );
    const table = await docs.store.open(database.db);
    const run = await bindRun(database.db, table);
    const batch = { ...run.at('a'), partition: 'a', rule, after: null, size: 10, keep: true };
    const other = await begun(database, docs, `update TABLE set expires_at = '${future}' where id = '2'`);
    const intending = database.db.transaction().execute((tx) => table.intend(tx, batch, ['1', '2']));
    await waiting(database);
    await other.query('commit');
    expect((await intending).ids).toEqual(['1']);
  });

  test('a row that is being written when its intent is settled stays', async () => {
    const docs = await createCollection(database.db, { chunks: null });
    await docs.insert({ id: '1', workspace: 'a', expires_at: '2026-05-01' });
    const table = await docs.store.open(database.db);
    const run = await bindRun(database.db, table);
    const batch = { ...run.at('a'), partition: 'a', rule, after: null, size: 10, keep: true };
    await database.db.transaction().execute((tx) => table.intend(tx, batch, ['1']));
    const other = await begun(database, docs, "update TABLE set body = 'newest'");
    const settling = database.db.transaction().execute((tx) => table.settle(tx, run.at('a'), ['1'], true, rule));
    await waiting(database);
    await other.query('commit');
    expect(await settling).toMatchObject({ removed: [], changed: ['1'], vanished: [] });
    expect(await docs.image()).toEqual([expect.stringContaining('newest')]);
  });

  test('two removals of the same batch at once take every row once', async () => {
    const docs = await createCollection(database.db);
    await insertExpired(docs, 'a', ['1', '2', '3', '4']);
    const table = await docs.store.open(database.db);
    const run = await bindRun(database.db, table);
    const both = await Promise.all([1, 2].map(() => removeAll(database.db, table, run, 'a')));
    expect(both.reduce((sum, one) => sum + one.documents, 0)).toBe(4);
    expect(await ledgerRows(database.db, docs, 'rows', run.runNo)).toBe(4);
    expect(await ledgerRows(database.db, docs, 'chunks', run.runNo)).toBe(4);
  });

  test('a row that moves to another partition of its table meanwhile is spared, and the others are removed', async () => {
    const docs = await createCollection(database.db, {
      columns: 'id int primary key, workspace text, expires_at timestamptz) partition by range (id',
      chunks: null,
    });
    await docs.execute(`create table TABLE_low partition of TABLE for values from (0) to (100);
      create table TABLE_high partition of TABLE for values from (100) to (200)`);
    await docs.insert(...[1, 2, 3].map((id) => ({ id, workspace: 'a', expires_at: past })));
    const table = await docs.store.open(database.db);
    const run = await bindRun(database.db, table);
    const other = await begun(database, docs, 'update TABLE set id = 102 where id = 2');
    const removing = removeAll(database.db, table, run, 'a');
    await waiting(database);
    await other.query('commit');
    expect(await removing).toEqual({ seen: 3, documents: 2, spared: 1, vectors: 0 });
    expect(await docs.image()).toEqual([expect.stringMatching(/^\(102,/)]);
  });

  test('a grandchild that is added while the removal waits is recorded in the ledger, whatever cascades', async () => {
    const plain = await createCollection(database.db, { chunks: null });
    const [parts, notes] = [`parts_of_${plain.table}`, `notes_of_${plain.table}`];
    await plain.execute(`create table ${parts} (id int primary key, doc text references TABLE on delete cascade);
      create index on ${parts} (doc);
      create table ${notes} (id int primary key, part int references ${parts} on delete cascade);
      create index on ${notes} (part)`);
    const mapping = toMapping(plain.name, {
      ...{ table: plain.table, fetched_at: null },
      children: [
        {
          ...{ table: parts, id: 'id', parent: { doc: 'id' } },
          children: [{ table: notes, id: 'id', parent: { part: 'id' } }],
        },
      ],
    });
    const docs = { ...plain, mapping, store: createRowStore(mapping) };
    await docs.insert({ id: 'd', workspace: 'a', expires_at: past });
    await docs.execute(`insert into ${parts} values (1, 'd')`);
    const table = await docs.store.open(database.db);
    const run = await bindRun(database.db, table);
    const other = await begun(database, docs, `insert into ${notes} values (1, 1)`);
    const removing = removeAll(database.db, table, run, 'a');
    removing.catch(() => {});
    await waiting(database);
    await other.query('commit');
    expect(await removing).toMatchObject({ documents: 1, children: 2 });
    expect((await undo(database.db, docs, run, 'a')).restored).toEqual(['d']);
    const { rows } = await sql`select id, part from ${sql.id(notes)}`.execute(database.db);
    expect(rows).toEqual([{ id: 1, part: 1 }]);
  });
});

interface Halfway {
  readonly docs: Collection;
  readonly table: RowTable;
  readonly run: BoundRun;
  /** Ends once the other transaction has. */
  readonly removing: ReturnType<typeof removeAll>;
}

/** Three expired documents; the change is open when the removal starts, and ended once the removal waits for it. */
async function halfway(
  database: SuiteDatabase,
  change: string,
  options: { readonly end?: 'commit' | 'rollback'; readonly chunks?: string } = {},
): Promise<Halfway> {
  const docs = await createCollection(database.db, options.chunks === undefined ? {} : { chunks: options.chunks });
  await insertExpired(docs, 'a', ['1', '2', '3']);
  const table = await docs.store.open(database.db);
  const run = await bindRun(database.db, table);
  const other = await begun(database, docs, change);
  const removing = removeAll(database.db, table, run, 'a');
  removing.catch(() => {});
  await waiting(database);
  await other.query(options.end ?? 'commit');
  return { docs, table, run, removing };
}

async function begun(database: SuiteDatabase, docs: Collection, statement: string): Promise<pg.Client> {
  const client = await database.connect();
  await client.query('begin');
  await client.query(statement.replaceAll('TABLE', docs.table).replaceAll('CHUNKS', docs.chunkTable));
  return client;
}

/** Until some session of this database waits for a lock. */
async function waiting(database: SuiteDatabase): Promise<void> {
  const client = await database.connect();
  await until('somebody waits for the lock', async () => {
    const { rowCount } = await client.query(`select from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`);
    return rowCount === 1;
  });
}
