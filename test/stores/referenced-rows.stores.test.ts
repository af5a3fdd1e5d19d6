import { expect, test } from 'vitest';
import type { Batch } from '../../src/stores/ports/batch.ts';
import type { Removal } from '../../src/stores/ports/row-removal.ts';
import { describeOnDatabases } from '../support/stores.ts';
import { type BoundRun, bindRun, type Collection, createCollection, past, rule } from './contract/collection.ts';

const columns = 'id int primary key, workspace text, parent int, expires_at timestamptz';

describeOnDatabases('rows that other rows reference', (database) => {
  /** Every batch of a partition, one after the other. */
  const removals = async (docs: Pick<Collection, 'store'>, run: BoundRun, partition: string, size: number) => {
    const { db } = database;
    const table = await docs.store.open(db);
    const all: Removal[] = [];
    for (let after: string | null = null; ; ) {
      const batch: Batch = { ...run.at(partition), partition, rule, after, size, keep: true };
      const removal: Removal = await db.transaction().execute((tx) => table.remove(tx, batch));
      all.push(removal);
      if (removal.seen < size) break;
      after = removal.after;
    }
    const sum = (key: 'documents' | 'spared') => all.reduce((total, one) => total + one[key], 0);
    return { documents: sum('documents'), spared: sum('spared'), kept: all.flatMap((one) => one.kept) };
  };
  const bound = async (docs: Collection) => bindRun(database.db, await docs.store.open(database.db));

  test.each([1, 2, 100])(
    'stay, counted by the foreign key, and the others are removed: batches of %i',
    async (size) => {
      const docs = await createCollection(database.db, { columns, chunks: null });
      await docs.execute(`create table TABLE_citations (doc int constraint cites references TABLE)`);
      for (let id = 1; id <= 6; id += 1) await docs.insert({ id, workspace: 'a', expires_at: past });
      await docs.execute('insert into TABLE_citations values (2), (5), (5)');
      const kept = { reason: 'referenced', code: null, constraint: 'cites', table: `${docs.table}_citations` };
      const result = await removals(docs, await bound(docs), 'a', size);
      expect(result).toMatchObject({ documents: 4, spared: 0 });
      expect(result.kept.reduce((sum, one) => sum + one.documents, 0)).toBe(2);
      for (const one of result.kept) expect(one).toMatchObject(kept);
      expect(await docs.image()).toEqual([expect.stringMatching(/^\(2,/), expect.stringMatching(/^\(5,/)]);
    },
  );

  test('a deferred foreign key refuses its row too, not the whole batch at its commit', async () => {
    const docs = await createCollection(database.db, { columns, chunks: null });
    await docs.execute(`create table TABLE_citations (doc int references TABLE deferrable initially deferred)`);
    for (let id = 1; id <= 3; id += 1) await docs.insert({ id, workspace: 'a', expires_at: past });
    await docs.execute('insert into TABLE_citations values (2)');
    expect(await removals(docs, await bound(docs), 'a', 100)).toMatchObject({ documents: 2, kept: [{ documents: 1 }] });
    expect(await docs.image()).toHaveLength(1);
  });

  test('a reference from a row of the same table, however long the way there', async () => {
    const docs = await createCollection(database.db, {
      columns: columns.replace('parent int', 'parent int references TABLE'),
      chunks: null,
    });
    // 9 is not due, and references 8, which references 7 …; 20 to 29 form a chain that ends.
    await docs.execute(`insert into TABLE select n, 'a', nullif(n - 1, 0), '${past}' from generate_series(1, 8) n`);
    await docs.execute(`insert into TABLE values (9, 'a', 8, null)`);
    await docs.execute(`insert into TABLE select n, 'a', nullif(n - 1, 19), '${past}' from generate_series(20, 29) n`);
    for (const size of [3, 100]) {
      const result = await removals(docs, await bound(docs), 'a', size);
      expect(result.documents).toBe(size === 3 ? 10 : 0);
      expect(result.kept.reduce((sum, one) => sum + one.documents, 0)).toBe(8);
      expect(await docs.image()).toHaveLength(9);
    }
  });

  test.each([
    ['parents before children', 'n'],
    ['children before parents', '41 - n'],
    ['parents and children mixed', '(n * 17) % 41'],
  ])('a chain in one partition is removed whole, in any order on disk: %s', async (_name, order) => {
    const docs = await createCollection(database.db, {
      columns: columns.replace('parent int', 'parent int references TABLE deferrable initially deferred'),
      chunks: null,
    });
    await docs.execute(`insert into TABLE select n, 'a', nullif(n - 1, 0), '${past}' from generate_series(1, 40) n
      order by ${order}`);
    expect(await removals(docs, await bound(docs), 'a', 7)).toMatchObject({ documents: 40, spared: 0, kept: [] });
    expect(await docs.image()).toEqual([]);
  });

  test('a circle that is larger than a batch is removed as one', async () => {
    const docs = await createCollection(database.db, { columns, chunks: null });
    await docs.execute(`insert into TABLE select n, 'a', n % 30 + 1, '${past}' from generate_series(1, 30) n;
      alter table TABLE add foreign key (parent) references TABLE`);
    expect(await removals(docs, await bound(docs), 'a', 4)).toMatchObject({ documents: 30, spared: 0, kept: [] });
  });

  test('a trigger that refuses one row leaves the others to be removed', async () => {
    const docs = await createCollection(database.db, { columns, chunks: null });
    await docs.execute(`create function TABLE_no() returns trigger language plpgsql as $$ begin
        if old.id % 5 = 0 then raise exception 'never %', old.id; end if; return old; end $$;
      create trigger TABLE_guard before delete on TABLE for each row execute function TABLE_no()`);
    await docs.execute(`insert into TABLE select n, 'a', null, '${past}' from generate_series(1, 12) n`);
    const own = { ...docs.mapping, accept: [`${docs.table}_guard`] };
    const { createRowStore } = await import('../../src/stores/postgres/row-store.ts');
    const accepting = { ...docs, store: createRowStore(own) };
    const result = await removals(accepting, await bound(accepting), 'a', 100);
    expect(result).toMatchObject({ documents: 10, kept: [{ reason: 'refused', code: 'P0001', documents: 2 }] });
  });

  test('small partitions that are removed together: what stays is counted with its own', async () => {
    const { db } = database;
    const docs = await createCollection(db, {
      columns: columns.replace('parent int', 'parent int references TABLE'),
      chunks: null,
    });
    await docs.execute(`create table TABLE_citations (doc int references TABLE)`);
    // A circle over two partitions, and a chain of which one row is cited.
    await docs.execute(`insert into TABLE values (1, 'a', 2, '${past}'), (2, 'b', 1, '${past}'),
      (3, 'a', null, '${past}'), (4, 'b', 3, '${past}'), (5, 'a', 4, '${past}'), (6, 'c', null, '${past}')`);
    await docs.execute('insert into TABLE_citations values (4)');
    const table = await docs.store.open(db);
    const run = await bindRun(db, table);
    const partitions = ['a', 'b', 'c'].map((partition) => ({ no: run.at(partition).partNo, partition }));
    const removed = await db
      .transaction()
      .execute((tx) => table.removeTogether(tx, { runNo: run.runNo, partitions, rule, keep: true }));
    expect([...removed.values()]).toMatchObject([
      { documents: 2, spared: 0, kept: [{ documents: 1 }] },
      { documents: 1, spared: 0, kept: [{ documents: 1 }] },
      { documents: 1, spared: 0, kept: [] },
    ]);
    expect(await docs.image()).toHaveLength(2);
  });
});
