import { beforeEach, expect, test } from 'vitest';
import type { SuiteDatabase } from '../../support/stores.ts';
import {
  bindRun,
  type Collection,
  createCollection,
  future,
  ledgerRows,
  past,
  type Row,
  removeAll,
  survey,
  undo,
} from './collection.ts';

/** Rows that are chunks: their document is a key of their metadata, their partition a row of another table. */
export function severalRowsContract(database: SuiteDatabase): void {
  let rows: Collection;
  let made = 0;
  let shelves: string;

  beforeEach(async () => {
    made += 1;
    shelves = `shelves_${made}`;
    rows = await createCollection(database.db, {
      columns: `id text primary key, shelf int references ${shelves} (no), vector vector(3), meta jsonb`,
      chunks: null,
      before: `create table ${shelves} (no int primary key, name text)`,
      settings: {
        document: { path: 'meta.source' },
        workspace: { column: 'shelf', through: { table: shelves, key: 'no', value: 'name' } },
        expires_at: { path: 'meta.until', type: 'iso_text' },
        vectors: { in: 'row', column: 'vector' },
      },
    });
    await rows.execute(`insert into ${shelves} values (1, 'a'), (2, 'b'), (3, null)`);
  });

  const chunk = (id: string, shelf: number | null, source: string | null, until: string | null): Row => ({
    ...{ id, shelf, vector: [1, 2, 3], meta: { source, until } },
  });
  const remove = async (size?: number, keep?: boolean) => {
    const table = await rows.store.open(database.db);
    const run = await bindRun(database.db, table);
    return { run, removal: await removeAll(database.db, table, run, 'a', size, keep) };
  };

  test('counts documents, not rows: one is due when all of its rows are', async () => {
    await rows.insert(
      ...[chunk('1', 1, 'due', past), chunk('2', 1, 'due', past), chunk('3', 1, 'due', past)],
      ...[chunk('4', 1, 'half', past), chunk('5', 1, 'half', future)],
      ...[chunk('6', 1, 'never', past), chunk('7', 1, 'never', null)],
      ...[chunk('8', 1, 'unreadable', past), chunk('9', 1, 'unreadable', 'soon')],
      ...[chunk('10', 1, null, past), chunk('11', 1, null, past)],
      ...[chunk('12', 2, 'due', future), chunk('13', 3, 'due', past), chunk('14', null, 'due', past)],
    );
    const counts = await survey(database.db, await rows.store.open(database.db));
    expect(counts.map(({ partition, rows: all, due, unreadable }) => [partition, all, due, unreadable])).toEqual([
      ['a', 6, 3, 1],
      ['b', 1, 0, 0],
      [null, 1, 1, 0],
    ]);
  });

  test('takes whole documents, however small a batch is, and puts them back exactly', async () => {
    const due = ['x', 'y', 'z'].flatMap((source) => [1, 2, 3].map((n) => chunk(`${source}${n}`, 1, source, past)));
    await rows.insert(...due, chunk('k1', 1, 'kept', future), chunk('o1', 2, 'x', past), chunk('o2', 2, 'x', future));
    const before = await rows.image();
    const { run, removal } = await remove(1);
    expect(removal).toEqual({ seen: 9, documents: 3, spared: 0, vectors: 9 });
    expect(await rows.image()).toEqual(await rows.image("id in ('k1', 'o1', 'o2')"));
    expect(await undo(database.db, rows, run, 'a')).toMatchObject({ refused: [], vectors: 9 });
    expect(await rows.image()).toEqual(before);
  });

  test.each([
    ['a row extended', `update TABLE set meta = meta || '{"until": "${future}"}' where id = 'x2'`],
    ['a row that lost its date', `update TABLE set meta = meta - 'until' where id = 'x2'`],
    ['a row added', `insert into TABLE values ('x4', 1, '[1,2,3]', '{"source": "x", "until": "${future}"}')`],
    ['an expired row added', `insert into TABLE values ('x4', 1, '[1,2,3]', '{"source": "x", "until": "${past}"}')`],
    ['a row moved in', "update TABLE set shelf = 1 where id = 'o1'"],
  ])('%s since the survey keeps all rows of its document', async (_, change) => {
    await rows.insert(
      ...['x1', 'x2', 'x3', 'y1', 'y2'].map((id) => chunk(id, 1, id.slice(0, 1), past)),
      chunk('o1', 2, 'x', future),
    );
    const table = await rows.store.open(database.db);
    const run = await bindRun(database.db, table);
    await rows.execute(change);
    const kept = await rows.image("meta->>'source' = 'x'");
    expect(await removeAll(database.db, table, run, 'a')).toMatchObject({ documents: 1, spared: 1, vectors: 2 });
    expect(await rows.image()).toEqual(kept);
  });

  test('a row deleted by another client does not keep the others', async () => {
    await rows.insert(chunk('x1', 1, 'x', past), chunk('x2', 1, 'x', past));
    const table = await rows.store.open(database.db);
    const run = await bindRun(database.db, table);
    await rows.execute("delete from TABLE where id = 'x1'");
    expect(await removeAll(database.db, table, run, 'a')).toMatchObject({ documents: 1, spared: 0 });
  });

  test('a partition that was renamed since the survey is another one', async () => {
    await rows.insert(chunk('x1', 1, 'x', past));
    const table = await rows.store.open(database.db);
    const run = await bindRun(database.db, table);
    await rows.execute(`update ${shelves} set name = 'c' where no = 1`);
    expect(await removeAll(database.db, table, run, 'a')).toMatchObject({ documents: 0, spared: 1 });
    expect(await rows.image()).toHaveLength(1);
  });

  test('a document written anew under other ids is refused whole, and no other', async () => {
    await rows.insert(...['x1', 'x2', 'y1', 'y2'].map((id) => chunk(id, 1, id.slice(0, 1), past)));
    const { run } = await remove();
    await rows.insert(chunk('new', 1, 'x', future));
    expect(await undo(database.db, rows, run, 'a')).toMatchObject({ restored: ['y1', 'y2'], refused: ['x1', 'x2'] });
    expect(await ledgerRows(database.db, rows, 'rows', run.runNo)).toBe(2);
  });

  test('a restored document is on hold as one', async () => {
    await rows.insert(chunk('x1', 1, 'x', past), chunk('x2', 1, 'x', past));
    const { run } = await remove();
    await undo(database.db, rows, run, 'a');
    const counts = await survey(database.db, await rows.store.open(database.db));
    expect(counts).toMatchObject([{ partition: 'a', rows: 1, due: 0, onHold: 1 }]);
  });

  test('without a ledger nothing is kept', async () => {
    await rows.insert(chunk('x1', 1, 'x', past), chunk('x2', 1, 'x', past));
    const { run, removal } = await remove(1, false);
    expect(removal).toEqual({ seen: 2, documents: 1, spared: 0, vectors: 2 });
    expect(await ledgerRows(database.db, rows, 'rows', run.runNo)).toBe(0);
  });

  test('the other table is checked like the mapped one', async () => {
    await rows.execute(`alter table ${shelves} drop constraint ${shelves}_pkey cascade`);
    const { problems } = await rows.store.inspect(database.db);
    expect(problems).toEqual([expect.stringContaining(`${shelves}.no has no unique index`)]);
    await rows.execute(`alter table ${shelves} rename column name to title`);
    expect((await rows.store.inspect(database.db)).problems).toEqual([`column public.${shelves}.name does not exist`]);
    await rows.execute(`drop table ${shelves}`);
    expect((await rows.store.inspect(database.db)).problems).toEqual([
      expect.stringContaining(`table public.${shelves} does not exist`),
    ]);
  });
}
