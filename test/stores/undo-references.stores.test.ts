import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { toMapping } from '../../src/config/mapping.ts';
import type { CollectionMapping } from '../../src/domain/mapping.ts';
import type { Restored } from '../../src/stores/ports/row-undo.ts';
import { createRowStore } from '../../src/stores/postgres/row-store.ts';
import { describeOnDatabases } from '../support/stores.ts';
import {
  type BoundRun,
  bindRun,
  type Collection,
  createCollection,
  newRun,
  past,
  removeAll,
  rule,
  survey,
} from './contract/collection.ts';

const columns = 'id int primary key, workspace text, parent int, expires_at timestamptz';

describeOnDatabases('an undo of rows that reference each other', (database) => {
  /** One undo over some partitions, in the order given; what each batch came to. */
  const undoAll = async (
    docs: Pick<Collection, 'store'>,
    run: BoundRun,
    partitions: readonly string[],
    limit = 100,
  ) => {
    const { db } = database;
    const { no: undoRunNo, run_id: undoRunId } = await newRun(db, 'undo');
    const table = await docs.store.open(db);
    const all: Restored[] = [];
    for (const partition of partitions) {
      const at = run.at(partition);
      for (;;) {
        const ids = (await table.nextRestores(db, at, undoRunNo, limit)).map((row) => row.id);
        if (ids.length === 0) break;
        all.push(
          await db.transaction().execute(async (tx) => {
            const free = await table.restorable(tx, at, undoRunNo, ids);
            return table.restore(tx, { ...at, partition, undoRunNo, undoRunId, ids: free, rule, withReferenced: true });
          }),
        );
      }
    }
    return {
      restored: all.reduce((sum, one) => sum + one.restored.length + one.besides, 0),
      refusals: all.flatMap((one) => one.refusals),
      differences: all.flatMap((one) => one.differences),
    };
  };

  test.each(['', 'deferrable initially deferred'])('a thread comes back, in batches of one: %s', async (deferrable) => {
    const { db } = database;
    const docs = await createCollection(db, {
      columns: columns.replace('parent int', `parent int references TABLE ${deferrable}`),
      chunks: null,
    });
    await docs.execute(`insert into TABLE select n, 'a', nullif(n / 3, 0), '${past}' from generate_series(1, 40) n`);
    const before = await docs.image();
    const table = await docs.store.open(db);
    const run = await bindRun(db, table);
    expect(await removeAll(db, table, run, 'a', 7)).toMatchObject({ documents: 40 });
    expect(await undoAll(docs, run, ['a'], 1)).toEqual({ restored: 40, refusals: [], differences: [] });
    expect(await docs.image()).toEqual(before);
    expect(await survey(db, table)).toMatchObject([{ rows: 40, due: 0, onHold: 40 }]);
  });

  test('a chain over partitions that were removed together comes back with the first of them, and once', async () => {
    const { db } = database;
    const docs = await createCollection(db, {
      columns: columns.replace('parent int', 'parent int references TABLE'),
      chunks: null,
    });
    await docs.execute(
      `insert into TABLE select n, 't' || n % 4, nullif(n - 1, 0), '${past}' from generate_series(1, 40) n`,
    );
    const before = await docs.image();
    const table = await docs.store.open(db);
    const run = await bindRun(db, table);
    const names = ['t0', 't1', 't2', 't3'];
    const partitions = names.map((partition) => ({ no: run.at(partition).partNo, partition }));
    await db
      .transaction()
      .execute((tx) => table.removeTogether(tx, { runNo: run.runNo, partitions, rule, keep: true }));
    expect(await docs.image()).toEqual([]);
    expect(await undoAll(docs, run, names)).toMatchObject({ restored: 40, refusals: [] });
    expect(await docs.image()).toEqual(before);
    expect((await survey(db, table)).map(({ onHold }) => onHold)).toEqual([10, 10, 10, 10]);
  });

  test('rows of two collections that reference each other in a circle come back together', async () => {
    const { db } = database;
    await sql`create table u_posts (id int primary key, workspace text, thread int, expires_at timestamptz)`.execute(
      db,
    );
    await sql`create table u_threads (id int primary key, workspace text, last_post int references u_posts
      deferrable initially deferred, expires_at timestamptz)`.execute(db);
    await sql`alter table u_posts add foreign key (thread) references u_threads deferrable`.execute(db);
    const mappings: CollectionMapping[] = ['u_posts', 'u_threads'].map((table) =>
      toMapping(table, { table, vectors: { in: 'none' } }),
    );
    await db.transaction().execute(async (tx) => {
      await sql.raw(`insert into u_threads values (1, 'a', 2, '${past}')`).execute(tx);
      await sql.raw(`insert into u_posts values (1, 'a', 1, '${past}'), (2, 'b', 1, '${past}')`).execute(tx);
    });
    const [posts, threads] = mappings.map((mapping) => ({ store: createRowStore(mapping, { mappings }) }));
    if (posts === undefined || threads === undefined) throw new Error('two collections');
    const [ofPosts, ofThreads] = [await posts.store.open(db), await threads.store.open(db)];
    // The circle is never removed: the thread goes only once nothing references it.
    const run = await bindRun(db, ofPosts);
    expect(await removeAll(db, ofPosts, run, 'a')).toMatchObject({ documents: 1 });
    expect(await removeAll(db, ofPosts, run, 'b')).toMatchObject({ documents: 0 });
    await sql`update u_threads set last_post = null`.execute(db);
    const later = await bindRun(db, ofPosts);
    expect(await removeAll(db, ofPosts, later, 'b')).toMatchObject({ documents: 1 });
    const last = await bindRun(db, ofThreads);
    expect(await removeAll(db, ofThreads, last, 'a')).toMatchObject({ documents: 1 });
    // Each run is undone by itself; the posts lack their thread until that is back.
    expect(await undoAll(posts, later, ['b'])).toMatchObject({
      restored: 0,
      refusals: [{ id: '2', reason: 'missing_reference', table: 'u_threads', key: '1' }],
    });
    expect(await undoAll(threads, last, ['a'])).toMatchObject({ restored: 1 });
    expect(await undoAll(posts, later, ['b'])).toMatchObject({ restored: 1 });
    expect(await undoAll(posts, run, ['a'])).toMatchObject({ restored: 1 });
  });

  test('rows of another collection that the rows reference come back with them', async () => {
    const { db } = database;
    await sql`create table v_authors (id int primary key, workspace text, expires_at timestamptz)`.execute(db);
    await sql`create table v_texts (id int primary key, workspace text, author int references v_authors,
      expires_at timestamptz)`.execute(db);
    const mappings: CollectionMapping[] = ['v_authors', 'v_texts'].map((table) =>
      toMapping(table, { table, vectors: { in: 'none' } }),
    );
    await sql
      .raw(`insert into v_authors values (1, 'x', '${past}');
      insert into v_texts values (1, 'a', 1, '${past}'), (2, 'a', null, '${past}')`)
      .execute(db);
    const [authors, texts] = mappings.map((mapping) => ({ store: createRowStore(mapping, { mappings }) }));
    if (authors === undefined || texts === undefined) throw new Error('two collections');
    const [ofAuthors, ofTexts] = [await authors.store.open(db), await texts.store.open(db)];
    // As one run has them: the ledger's entries of both carry its number.
    const run = await bindRun(db, ofTexts);
    expect(await removeAll(db, ofTexts, run, 'a')).toMatchObject({ documents: 2 });
    const other = await bindRun(db, ofAuthors);
    expect(await removeAll(db, ofAuthors, other, 'x')).toMatchObject({ documents: 1 });
    const { name } = await db
      .selectFrom('coppice.ledger_tables')
      .select('name')
      .where('collection', '=', 'v_authors')
      .where('part', '=', 'rows')
      .executeTakeFirstOrThrow();
    await sql`update ${sql.id('coppice', name)} set coppice_run = ${run.runNo}`.execute(db);
    expect(await undoAll(texts, run, ['a'], 1)).toMatchObject({ restored: 3, refusals: [] });
    const held = await db
      .selectFrom('coppice.holds')
      .select(['collection', 'partition'])
      .where('row_id', '=', '1')
      .where('collection', 'like', 'v_%')
      .orderBy('collection')
      .execute();
    expect(held).toEqual([
      { collection: 'v_authors', partition: 'x' },
      { collection: 'v_texts', partition: 'a' },
    ]);
  });

  test('a deleted parent refuses its rows with constraint and key, restores the rest, and a later undo tries again', async () => {
    const { db } = database;
    const docs = await createCollection(db, { columns, chunks: null });
    await docs.execute('create table TABLE_owner (id int primary key); insert into TABLE_owner values (7), (8)');
    await docs.execute('alter table TABLE add column owner int constraint owned references TABLE_owner');
    await docs.execute(`alter table TABLE add foreign key (parent) references TABLE;
      insert into TABLE values (1, 'a', null, '${past}', 7), (2, 'a', 1, '${past}', 8), (3, 'a', 2, '${past}', 8),
      (4, 'a', null, '${past}', 8)`);
    const before = await docs.image();
    const table = await docs.store.open(db);
    const run = await bindRun(db, table);
    await removeAll(db, table, run, 'a');
    await docs.execute('delete from TABLE_owner where id = 7');
    const first = await undoAll(docs, run, ['a']);
    expect(first.restored).toBe(1);
    expect(first.refusals).toEqual(
      expect.arrayContaining([
        {
          ...{ id: '1', reason: 'missing_reference', code: null, constraint: 'owned' },
          ...{ table: `${docs.table}_owner`, key: '7' },
        },
        expect.objectContaining({ id: '2', table: docs.table, key: '1' }),
        expect.objectContaining({ id: '3', table: docs.table, key: '2' }),
      ]),
    );
    await docs.execute('insert into TABLE_owner values (7)');
    expect(await undoAll(docs, run, ['a'])).toEqual({ restored: 3, refusals: [], differences: [] });
    expect(await docs.image()).toEqual(before);
  });

  test.each([
    ['immediate', 'unique (workspace, parent) deferrable initially immediate'],
    ['deferred', 'unique (workspace, parent) deferrable initially deferred'],
    ['exclusion', 'exclude (parent with =) deferrable'],
  ])('a deferrable constraint refuses the row that breaks it alone: %s', async (_kind, constraint) => {
    const { db } = database;
    const docs = await createCollection(db, {
      columns: `${columns}, constraint TABLE_once ${constraint}`,
      chunks: null,
    });
    await docs.execute(`insert into TABLE select n, 'a', n, '${past}' from generate_series(1, 9) n`);
    const before = await docs.image();
    const table = await docs.store.open(db);
    const run = await bindRun(db, table);
    await removeAll(db, table, run, 'a');
    await docs.execute("insert into TABLE values (100, 'a', 5, null)");
    expect(await undoAll(docs, run, ['a'])).toMatchObject({
      restored: 8,
      refusals: [{ id: '5', reason: 'refused', constraint: `${docs.table}_once` }],
    });
    await docs.execute('delete from TABLE where id = 100');
    expect(await undoAll(docs, run, ['a'])).toMatchObject({ restored: 1, refusals: [] });
    expect(await docs.image()).toEqual(before);
  });

  test('an immediate unique constraint that another row has taken is named', async () => {
    const { db } = database;
    const docs = await createCollection(db, { columns: `${columns}, constraint mail unique (parent)`, chunks: null });
    await docs.execute(`insert into TABLE values (1, 'a', 1, '${past}'), (2, 'a', 2, '${past}')`);
    const table = await docs.store.open(db);
    const run = await bindRun(db, table);
    await removeAll(db, table, run, 'a');
    await docs.execute("insert into TABLE values (3, 'a', 2, null)");
    expect(await undoAll(docs, run, ['a'])).toMatchObject({
      restored: 1,
      refusals: [{ id: '2', code: '23505', constraint: 'mail' }],
    });
  });

  test('a value that a trigger or a generated column changes counts as a difference, by column; sequences stay where they are', async () => {
    const { db } = database;
    const docs = await createCollection(db, {
      columns: `id bigint generated always as identity primary key, workspace text, expires_at timestamptz,
        stamped int, json json, no serial`,
      chunks: null,
    });
    await docs.execute(`create function TABLE_stamp() returns trigger language plpgsql as $$ begin
        if new.id <> 2 then new.stamped := 99; end if; return new; end $$;
      insert into TABLE (workspace, expires_at, stamped, json)
        select 'a', '${past}', 1, '{"a":  1}' from generate_series(1, 3) n;
      create trigger TABLE_stamped before insert on TABLE for each row execute function TABLE_stamp()`);
    const table = await docs.store.open(db);
    const run = await bindRun(db, table);
    await removeAll(db, table, run, 'a');
    expect(await undoAll(docs, run, ['a'])).toEqual({
      restored: 3,
      refusals: [],
      differences: [{ column: 'stamped', documents: 2 }],
    });
    await docs.execute(`insert into TABLE (workspace) values ('b')`);
    const { rows } = await sql<{
      id: number;
      no: number;
    }>`select id, no from ${sql.id(docs.table)} where workspace = 'b'`.execute(db);
    expect(rows).toEqual([{ id: 4, no: 4 }]);
  });

  test('a trigger that drops the row, refuses it, or gives it another id: named, and nothing is lost', async () => {
    const { db } = database;
    const docs = await createCollection(db, { columns, chunks: null });
    await docs.execute(`insert into TABLE select n, 'a', null, '${past}' from generate_series(1, 4) n`);
    const before = await docs.image();
    const table = await docs.store.open(db);
    const run = await bindRun(db, table);
    await removeAll(db, table, run, 'a');
    await docs.execute(`create function TABLE_odd() returns trigger language plpgsql as $$ begin
        if new.id = 1 then return null; end if;
        if new.id = 2 then raise exception 'secret %', new.id; end if;
        if new.id = 3 then new.id := 30; end if; return new; end $$;
      create trigger TABLE_odd before insert on TABLE for each row execute function TABLE_odd()`);
    const accepting = { store: createRowStore({ ...docs.mapping, accept: [`${docs.table}_odd`] }) };
    const { restored, refusals } = await undoAll(accepting, run, ['a']);
    expect(restored).toBe(1);
    expect(refusals.map(({ id, reason, code }) => [id, reason, code]).sort()).toEqual([
      ['1', 'refused', null],
      ['2', 'refused', 'P0001'],
      ['3', 'refused', '27000'],
    ]);
    expect(JSON.stringify(refusals)).not.toContain('secret');
    await docs.execute('drop trigger TABLE_odd on TABLE');
    expect(await undoAll(docs, run, ['a'])).toMatchObject({ restored: 3 });
    expect(await docs.image()).toEqual(before);
  });
});
