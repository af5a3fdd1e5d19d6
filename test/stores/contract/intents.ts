import { expect, test } from 'vitest';
import type { SuiteDatabase } from '../../support/stores.ts';
import {
  type BoundRun,
  bindRun,
  type Collection,
  createCollection,
  future,
  ledgerRows,
  past,
  rule,
  undo,
} from './collection.ts';

/** Where vectors stand in another store: T1 writes intents, T2 settles them. */
export function intentContract(database: SuiteDatabase): void {
  async function bound(ids: readonly string[], columns?: string) {
    const { db } = database;
    const docs = await createCollection(db, { chunks: null, ...(columns === undefined ? {} : { columns }) });
    await docs.insert(...ids.map((id) => ({ id, workspace: 'a', expires_at: past })));
    const table = await docs.store.open(db);
    const run = await bindRun(db, table);
    const batch = { ...run.at('a'), partition: 'a', rule, after: null, size: 100, keep: true };
    return {
      docs,
      table,
      run,
      at: run.at('a'),
      batch,
      intend: (these = ids) => db.transaction().execute(async (tx) => (await table.intend(tx, batch, these)).ids),
      settle: (these: readonly string[]) =>
        db.transaction().execute((tx) => table.settle(tx, run.at('a'), these, true, rule)),
      pending: async () => (await table.pendingIntents(db, run.at('a'), 100)).toSorted(),
    };
  }

  /** Rows in the ledger, whatever their state. */
  const recorded = (docs: Collection, run: BoundRun) => ledgerRows(database.db, docs, 'rows', run.runNo);

  test('an intent holds the whole row, removes nothing, and cannot be restored before it is settled', async () => {
    const { docs, run, table, at, intend, pending } = await bound(['1', '2']);
    const before = await docs.image();
    expect((await intend()).toSorted()).toEqual(['1', '2']);
    expect(await docs.image()).toEqual(before);
    expect(await pending()).toEqual(['1', '2']);
    expect(await recorded(docs, run)).toBe(2);
    expect(await table.nextRestores(database.db, at, 0, 10)).toEqual([]);
  });

  test('settled, rows are deleted and can be restored exactly', async () => {
    const { docs, run, intend, settle, pending } = await bound(['1', '2']);
    const before = await docs.image();
    await intend();
    const settled = await settle(['1', '2']);
    expect({ ...settled, removed: settled.removed.toSorted() }).toMatchObject({
      removed: ['1', '2'],
      changed: [],
      vanished: [],
    });
    expect([await docs.image(), await pending()]).toEqual([[], []]);
    expect(await undo(database.db, docs, run, 'a')).toMatchObject({ restored: ['1', '2'], refused: [] });
    expect(await docs.image()).toEqual(before);
  });

  test('a row that changed since its intent stays as it is, and keeps the intent until its vectors are back', async () => {
    const { docs, table, run, at, intend, settle, pending } = await bound(['1', '2', '3']);
    await intend();
    await docs.execute("update TABLE set body = 'written since' where id = '2'");
    await docs.execute("update TABLE set body = body where id = '3'");
    const changed = await docs.image("id <> '1'");
    const settled = await settle(['1', '2', '3']);
    expect({ ...settled, changed: settled.changed.toSorted() }).toMatchObject({
      removed: ['1'],
      changed: ['2', '3'],
      vanished: [],
    });
    expect(await docs.image()).toEqual(changed);
    expect(await pending()).toEqual(['2', '3']);
    await database.db.transaction().execute((tx) => table.dropIntents(tx, at, ['2', '3']));
    expect(await pending()).toEqual([]);
    expect(await recorded(docs, run)).toBe(1);
    expect(await docs.image()).toEqual(changed);
  });

  test('a row that another client deleted leaves the ledger: an undo does not restore it', async () => {
    const { docs, run, intend, settle, pending } = await bound(['1', '2']);
    await intend();
    await docs.execute("delete from TABLE where id = '2'");
    expect(await settle(['1', '2'])).toMatchObject({ removed: ['1'], changed: [], vanished: ['2'] });
    expect([await pending(), await recorded(docs, run)]).toEqual([[], 1]);
    expect(await undo(database.db, docs, run, 'a')).toMatchObject({ restored: ['1'] });
  });

  test('a row deleted and written anew since its intent counts as changed, not as ours', async () => {
    const { docs, intend, settle } = await bound(['1']);
    await intend();
    await docs.execute('delete from TABLE');
    await docs.insert({ id: '1', workspace: 'a', expires_at: past });
    expect(await settle(['1'])).toMatchObject({ removed: [], changed: ['1'], vanished: [] });
    expect(await docs.image()).toHaveLength(1);
  });

  test('settling again, as after a crash, changes nothing', async () => {
    const { docs, run, intend, settle } = await bound(['1']);
    await intend();
    await settle(['1']);
    await docs.insert({ id: '1', workspace: 'a', body: 'written again', expires_at: future });
    expect(await settle(['1'])).toMatchObject({ removed: [], changed: [] });
    expect(await docs.image()).toHaveLength(1);
    expect(await recorded(docs, run)).toBe(1);
  });

  test('no intent is written for a row extended, moved, put on hold or deleted since the survey', async () => {
    const { docs, run, intend } = await bound(['1', '2', '3', '4']);
    await docs.execute(`update TABLE set expires_at = '${future}' where id = '1'`);
    await docs.execute("update TABLE set workspace = 'b' where id = '2'");
    await docs.execute("delete from TABLE where id = '3'");
    expect(await intend()).toEqual(['4']);
    expect(await recorded(docs, run)).toBe(1);
  });

  test('items come in the order of the table, each once', async () => {
    const columns = 'id bigint primary key, workspace text, expires_at timestamptz';
    const { table, batch } = await bound(['10', '9', '100'], columns);
    const next = (after: string | null) => table.nextItems(database.db, { ...batch, after, size: 2 });
    const first = await next(null);
    const second = await next(first.after);
    expect([first.ids, second.ids]).toEqual([['10', '9'], ['100']]);
    expect(await next(second.after)).toEqual({ ids: [], after: null });
  });

  test('intents that a run left behind are found by the next, also when columns were added since', async () => {
    const { docs, table, run, at, intend } = await bound(['1']);
    await intend();
    expect(await table.abandonedIntents(database.db, run.runNo)).toEqual([]);
    expect(await table.abandonedIntents(database.db, run.runNo + 1)).toEqual([at]);
    await docs.execute('alter table TABLE add column unrelated int');
    const since = await docs.store.open(database.db);
    expect(await since.abandonedIntents(database.db, run.runNo + 1)).toEqual([at]);
    expect(await since.pendingIntents(database.db, at, 10)).toEqual(['1']);
    const settled = await database.db.transaction().execute((tx) => since.settle(tx, at, ['1'], true, rule));
    expect(settled.removed.length + settled.changed.length).toBe(1);
  });

  test('an empty list of ids is nothing, never all', async () => {
    const { docs, table, run, at, intend, settle } = await bound(['1']);
    await intend([]);
    expect(await recorded(docs, run)).toBe(0);
    await intend();
    expect(await settle([])).toMatchObject({ removed: [], changed: [], vanished: [] });
    await database.db.transaction().execute((tx) => table.dropIntents(tx, at, []));
    expect([await recorded(docs, run), (await docs.image()).length]).toEqual([1, 1]);
  });

  test('a row that others reference stays, before its vectors are touched, and one that is referenced since T1 too', async () => {
    const { db } = database;
    const docs = await createCollection(db, { chunks: null });
    await docs.execute('create table TABLE_notes (doc text constraint TABLE_cites references TABLE)');
    for (const id of ['1', '2', '3']) await docs.insert({ id, workspace: 'a', expires_at: past });
    await docs.execute("insert into TABLE_notes values ('1')");
    const table = await docs.store.open(db);
    const at = (await bindRun(db, table)).at('a');
    const batch = { ...at, partition: 'a', rule, after: null, size: 10, keep: true };
    const intended = await db.transaction().execute((tx) => table.intend(tx, batch, ['1', '2', '3']));
    const kept = {
      reason: 'referenced',
      constraint: `${docs.table}_cites`,
      table: `${docs.table}_notes`,
      documents: 1,
    };
    expect({ ...intended, ids: intended.ids.toSorted() }).toMatchObject({ ids: ['2', '3'], kept: [kept] });
    await docs.execute("insert into TABLE_notes values ('2')");
    const settled = await db.transaction().execute((tx) => table.settle(tx, at, ['2', '3'], true, rule));
    expect(settled).toMatchObject({ removed: ['3'], changed: ['2'], vanished: [], kept: [kept] });
    expect(await docs.image()).toHaveLength(2);
  });
}
