import { expect, test } from 'vitest';
import { fieldReports } from '../../src/operations/setup/doctor/fields.ts';
import { describeOnDatabases } from '../support/stores.ts';
import { bindRun, createCollection, past, removeAll, survey, undo } from './contract/collection.ts';

describeOnDatabases('rows that cannot be judged', (database) => {
  const settings = {
    workspace: { path: 'meta.tenant' },
    expires_at: { path: 'meta.expires_at', type: 'iso_text' as const },
    vectors: { in: 'none' as const },
  };
  const bad = (title: string) => `{"tenant":"t","title":"${title}","kind":"fact","expires_at":"${past}"}`;

  test.each<{ filter: Record<string, string> }>([{ filter: {} }, { filter: { 'meta.kind': 'fact' } }])(
    'a json value that PostgreSQL stores and cannot read keeps its row, counted; the others are removed: %j',
    async ({ filter }) => {
      const { db } = database;
      const docs = await createCollection(db, {
        columns: 'id int primary key, meta json',
        chunks: null,
        settings: { ...settings, filter },
      });
      const titles = ['a\\u0000b', '\\ud83d', 'plain', '\\ud83c\\udf33', 'back\\\\u0000slash'];
      for (const [at, title] of titles.entries())
        await docs.execute(`insert into TABLE values (${at + 1}, '${bad(title)}')`);
      await docs.execute('insert into TABLE values (6, null)');
      const before = await docs.image();
      const table = await docs.store.open(db);
      expect(await survey(db, table)).toMatchObject([
        { partition: 't', rows: 3, due: 3, unreadable: 0 },
        { partition: null, rows: Object.keys(filter).length === 0 ? 3 : 2, due: 0, unreadable: 2 },
      ]);
      const run = await bindRun(db, table);
      expect(await removeAll(db, table, run, 't')).toMatchObject({ seen: 3, documents: 3, spared: 0 });
      expect(await docs.image()).toHaveLength(3);
      expect(await undo(db, docs, run, 't')).toMatchObject({ restored: ['3', '4', '5'] });
      expect(await docs.image()).toEqual(before);
    },
  );

  test('doctor reads the fields of a table that has such a row', async () => {
    const { db } = database;
    const docs = await createCollection(db, { columns: 'id int primary key, meta json', chunks: null, settings });
    for (const [at, title] of ['a\\u0000b', 'plain'].entries())
      await docs.execute(`insert into TABLE values (${at + 1}, '${bad(title)}')`);
    const { rows } = await docs.store.inspect(db);
    if (rows === null) throw new Error('the table exists');
    const reports = await fieldReports(db, docs.mapping, rows, { chunks: null, children: [] });
    expect(reports.find(({ field }) => field === 'expires_at')?.sample).toMatchObject({
      rows: 2,
      present: 1,
      json_types: { string: 1 },
    });
  });

  test('a row without an id stays and is counted as unreadable', async () => {
    const { db } = database;
    const columns = 'id int unique, workspace text, expires_at timestamptz, fetched_at timestamptz';
    const docs = await createCollection(db, { columns, chunks: null });
    const due = { workspace: 't', expires_at: past };
    await docs.insert({ id: null, ...due }, { id: 1, ...due }, { id: null, workspace: 't' });
    const table = await docs.store.open(db);
    expect(await survey(db, table)).toMatchObject([{ partition: 't', rows: 3, due: 1, unreadable: 2 }]);
    const samples = await db
      .transaction()
      .execute((tx) =>
        table.samples(tx, { rule: { kind: 'expiry', cutoff: new Date(), maxAgeDays: null }, respectHolds: true }, [
          't',
        ]),
      );
    expect([...samples]).toEqual([['t', ['1']]]);
    expect(await removeAll(db, table, await bindRun(db, table), 't')).toMatchObject({ seen: 1, documents: 1 });
    expect(await docs.image()).toHaveLength(2);
  });
});
