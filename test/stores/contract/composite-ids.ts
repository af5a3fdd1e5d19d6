import { sql } from 'kysely';
import { beforeAll, expect, test } from 'vitest';
import { idText, isOneOf } from '../../../src/database/row-ids.ts';
import type { Db } from '../../../src/database/schema.ts';
import { encodeRowId } from '../../../src/domain/row-id.ts';
import type { SuiteDatabase } from '../../support/stores.ts';
import {
  bindRun,
  createCollection,
  future,
  ledgerRows,
  past,
  removeAll,
  rule,
  survey,
  sweep,
  terms,
  undo,
} from './collection.ts';

/** Keys that differ only in what a naive text would lose. */
const keys = [
  ['a', 'b,c'],
  ['a,b', 'c'],
  ['a","b', 'c'],
  ['a\\', 'b'],
  ['null', '\n'],
  ['', ''],
  ['A', 'b'],
  ['a', 'b'],
  ['日本', '😀'],
] as const;

const columns = `place text not null, number numeric not null, key text not null, workspace text, expires_at timestamptz,
  unique (number, key, place)`;

/** An id of three columns, of which one is a number, in another order than its unique index. */
export function compositeIdContract(database: SuiteDatabase): void {
  let db: Db;
  beforeAll(() => {
    db = database.db;
  });

  const create = (more = columns, settings = {}) =>
    createCollection(db, {
      columns: more,
      chunks: null,
      settings: { id: ['place', 'key', 'number'], fetched_at: null, ...settings },
    });
  const rowsOf = (workspace: string, expires_at = past) =>
    keys.map(([place, key], at) => ({ place, key, number: `${at % 2}.10`, workspace, expires_at }));
  const idOf = (at: number) => encodeRowId([...(keys[at] ?? ['', '']), `${at % 2}.10`]);

  test('the database writes an id as the process does, NULL included', async () => {
    const pairs = [...keys, ['null', null], [null, 'null']] as const;
    const { rows } = await sql<{ id: string }>`
      select ${idText('k', { id: ['a', 'b'] })} as id
      from unnest(${pairs.map(([a]) => a)}::text[], ${pairs.map(([, b]) => b)}::text[]) with ordinality k (a, b, at)
      order by at`.execute(db);
    expect(rows.map(({ id }) => id)).toEqual(pairs.map(encodeRowId));
  });

  test('removal and undo are the identity, on hold afterwards, and other partitions stay', async () => {
    const collection = await create();
    await collection.insert(...rowsOf('w1'), { place: 'x', key: 'y', number: 1, workspace: 'w2', expires_at: past });
    const before = await collection.image();
    const table = await collection.store.open(db);
    const samples = await db.transaction().execute((tx) => table.samples(tx, terms, ['w1']));
    expect(samples.get('w1')?.every((id) => keys.some((_, at) => idOf(at) === id))).toBe(true);
    const run = await sweep(db, collection, 'w1', 4);
    expect(await collection.image()).toEqual(await collection.image(`workspace = 'w2'`));
    expect(await ledgerRows(db, collection, 'rows', run.runNo)).toBe(keys.length);
    const undone = await undo(db, collection, run, 'w1');
    expect(undone.restored).toEqual(keys.map((_, at) => idOf(at)).sort());
    expect(await collection.image()).toEqual(before);
    const held = await survey(db, await collection.store.open(db));
    expect(held.find(({ partition }) => partition === 'w1')).toMatchObject({ due: 0, onHold: keys.length });
    await collection.execute(`delete from TABLE where key = 'c'`);
    const lifted = await db.transaction().execute((tx) => table.liftVanished(tx, null, 100));
    expect(lifted.lifted).toBe(2);
  });

  test('a row that is extended after the survey stays, and a row that moved on disk is removed', async () => {
    const collection = await create();
    await collection.insert(...rowsOf('w1'));
    const table = await collection.store.open(db);
    const run = await bindRun(db, table);
    await collection.execute(`update TABLE set expires_at = '${future}' where place = 'a,b'`);
    await collection.execute(`update TABLE set expires_at = '${past}' where place <> 'a,b'`);
    const removal = await removeAll(db, table, run, 'w1', 4);
    expect(removal).toMatchObject({ documents: keys.length - 1, spared: 1 });
    expect(await collection.image()).toHaveLength(1);
  });

  test('an id that exists again is refused, and the others come back', async () => {
    const collection = await create();
    await collection.insert(...rowsOf('w1'));
    const run = await sweep(db, collection, 'w1');
    await collection.insert({ place: 'A', key: 'b', number: 0.1, workspace: 'w1', expires_at: future });
    const undone = await undo(db, collection, run, 'w1');
    expect(undone.refused).toEqual([idOf(6)]);
    expect(undone.restored).toHaveLength(keys.length - 1);
  });

  test('several rows of one document go together, and come back together', async () => {
    const more = 'doc text, no int, workspace text, expires_at timestamptz, primary key (doc, no)';
    const collection = await create(more, { id: ['doc', 'no'], document: 'doc' });
    const rows = ['one', 'two'].flatMap((doc) =>
      [1, 2].map((no) => ({ doc, no, workspace: 'w1', expires_at: doc === 'two' && no === 2 ? future : past })),
    );
    await collection.insert(...rows);
    const before = await collection.image();
    const run = await sweep(db, collection, 'w1');
    expect(await collection.image()).toEqual(await collection.image(`doc = 'two'`));
    expect((await undo(db, collection, run, 'w1')).restored).toEqual(['["one","1"]', '["one","2"]']);
    expect(await collection.image()).toEqual(before);
  });

  test('rows that reference each other by a composite foreign key go in the right order', async () => {
    const more = `place text, key text, workspace text, expires_at timestamptz, up_place text, up_key text,
      primary key (place, key), foreign key (up_place, up_key) references TABLE (place, key)`;
    const collection = await create(more, { id: ['place', 'key'] });
    const row = (key: string, up: string | null, expires_at = past) => ({
      ...{ place: 'p', key, workspace: 'w1', expires_at, up_key: up, up_place: up === null ? null : 'p' },
    });
    await collection.insert(
      row('a', null),
      row('b', 'a'),
      row('c', 'b'),
      row('kept', null),
      row('stays', 'kept', future),
    );
    const before = await collection.image();
    const run = await sweep(db, collection, 'w1', 1);
    expect(await collection.image()).toEqual(await collection.image(`key in ('kept', 'stays')`));
    expect((await undo(db, collection, run, 'w1')).restored).toHaveLength(3);
    expect(await collection.image()).toEqual(before);
  });

  test('intents: rows that changed since stay, the others are removed', async () => {
    const collection = await create();
    await collection.insert(...rowsOf('w1'));
    const table = await collection.store.open(db);
    const run = await bindRun(db, table);
    const at = run.at('w1');
    const batch = { ...at, partition: 'w1', rule, after: null, size: 100, keep: true };
    const { ids } = await table.nextItems(db, batch);
    const { ids: intended } = await db.transaction().execute((tx) => table.intend(tx, batch, ids));
    expect([...intended].sort()).toEqual(keys.map((_, no) => idOf(no)).sort());
    await collection.execute(`update TABLE set expires_at = '${future}' where place = 'A'`);
    expect(await table.pendingIntents(db, at, 100)).toHaveLength(keys.length);
    const settled = await db.transaction().execute((tx) => table.settle(tx, at, ids, true, rule));
    expect(settled.changed).toEqual([idOf(6)]);
    expect(settled.removed).toHaveLength(keys.length - 1);
    await db.transaction().execute((tx) => table.dropIntents(tx, at, settled.changed));
    expect(await ledgerRows(db, collection, 'rows', run.runNo)).toBe(keys.length - 1);
    expect(await collection.image()).toHaveLength(1);
  });

  test('a row without one of its id columns cannot be judged, and stays', async () => {
    const more = 'a text, b text, workspace text, expires_at timestamptz, unique (a, b)';
    const collection = await create(more, { id: ['a', 'b'] });
    await collection.insert({ a: 'x', b: null, workspace: 'w1', expires_at: past });
    expect(await survey(db, await collection.store.open(db))).toMatchObject([{ due: 0, unreadable: 1 }]);
  });

  test('columns that are not unique together are refused', async () => {
    const collection = await create('a text, b text, c text unique, workspace text, expires_at timestamptz', {
      id: ['a', 'b'],
    });
    expect((await collection.store.inspect(db)).problems).toEqual([
      `public.${collection.table}.(a, b) has no unique index: an id must name one row`,
    ]);
  });

  test('rows are looked up by the index of their columns', async () => {
    const collection = await create();
    await collection.execute(
      `insert into TABLE select 'p' || n, n, 'k' || n, 'w1', '${past}' from generate_series(1, 20000) n`,
    );
    await collection.execute('analyze TABLE');
    const ids = Array.from({ length: 5 }, (_, at) => encodeRowId([`p${at}`, `k${at}`, String(at)]));
    const key = { mapping: collection.mapping, idTypes: [sql`text`, sql`text`, sql`numeric`] };
    const { rows } = await sql<{ 'QUERY PLAN': string }>`
      explain select from ${sql.id(collection.table)} d where ${isOneOf('d', key, ids)}`.execute(db);
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toContain('Index');
    expect(plan).not.toContain('Seq Scan');
  });
}
