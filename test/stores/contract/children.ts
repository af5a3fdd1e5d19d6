import { sql } from 'kysely';
import { beforeAll, expect, test } from 'vitest';
import type { CollectionSettings } from '../../../src/config/collection-schema.ts';
import { toMapping } from '../../../src/config/mapping.ts';
import type { Db } from '../../../src/database/schema.ts';
import { createRowStore } from '../../../src/stores/postgres/row-store.ts';
import type { SuiteDatabase } from '../../support/stores.ts';
import {
  bindRun,
  type Collection,
  createCollection,
  future,
  newRun,
  past,
  type Row,
  removeAll,
  rule,
  sweep,
  terms,
  undo,
} from './collection.ts';

/** Three levels: pages of a document, by a composite key with a cascade; notes of a page; tags of a document by a JSON path. */
const tables = `
  create table PAGES (prefix text, key text, no int, embedding vector(3), primary key (prefix, key, no),
    foreign key (prefix, key) references TABLE (prefix, key) on delete cascade);
  create table NOTES (id int primary key, prefix text, key text, page int, body text);
  create index on NOTES (key, prefix, page);
  create table TAGS (id int primary key, meta jsonb);
  create index on TAGS ((meta #>> '{document,key}'), (meta #>> '{document,prefix}'))`;

/** The same table under another mapping. */
function remapped<T extends Collection>(collection: T, settings: CollectionSettings): T {
  const mapping = toMapping(collection.name, settings);
  return { ...collection, mapping, store: createRowStore(mapping) };
}

async function ledgerTotal(db: Db, runNo: number): Promise<number> {
  const tables = await db.selectFrom('coppice.ledger_tables').select('name').execute();
  const counts = tables.map(({ name }) => sql`select coppice_run as run from ${sql.id('coppice', name)}`);
  const { rows } = await sql<{ count: number }>`
    select count(*)::int8 as count from (${sql.join(counts, sql` union all `)}) l where run = ${runNo}`.execute(db);
  return rows[0]?.count ?? 0;
}

export function childrenContract(database: SuiteDatabase): void {
  let db: Db;
  beforeAll(() => {
    db = database.db;
  });

  async function createFamily(options: { tables?: string; children?: CollectionSettings['children'] } = {}) {
    const collection = await createCollection(db, {
      columns: 'prefix text, key text, workspace text, expires_at timestamptz, primary key (prefix, key)',
      chunks: null,
      settings: { id: ['prefix', 'key'] },
    });
    const names = ['PAGES', 'NOTES', 'TAGS', 'OTHERS'];
    const named = (text: string) =>
      names.reduce((all, name) => all.replaceAll(name, `${name.toLowerCase()}_of_${collection.table}`), text);
    const execute = (statement: string) => collection.execute(named(statement));
    await execute(options.tables ?? tables);
    const settings: CollectionSettings = JSON.parse(
      named(
        JSON.stringify({
          table: collection.table,
          id: ['prefix', 'key'],
          fetched_at: null,
          children: options.children ?? [
            {
              ...{ table: 'PAGES', id: ['prefix', 'key', 'no'], parent: { prefix: 'prefix', key: 'key' } },
              vector: 'embedding',
              children: [{ table: 'NOTES', id: 'id', parent: { prefix: 'prefix', key: 'key', page: 'no' } }],
            },
            {
              ...{ table: 'TAGS', id: 'id' },
              parent: { 'meta.document.prefix': 'prefix', 'meta.document.key': 'key' },
            },
          ],
        }),
      ),
    );
    const family = remapped(collection, settings);
    const imageOf = async (name: string) => {
      const { rows } = await sql<{ row: string }>`
        select t::text as row from ${sql.id(named(name))} t order by t::text collate "C"`.execute(db);
      return rows.map(({ row }) => row);
    };
    return {
      ...family,
      execute,
      insertInto: async (name: string, ...rows: readonly Row[]) => {
        for (const row of rows) {
          await sql`insert into ${sql.id(named(name))}
            select * from jsonb_populate_record(null::${sql.id(named(name))}, ${JSON.stringify(row)}::jsonb)`.execute(
            db,
          );
        }
      },
      images: async () => ({
        rows: await collection.image(),
        pages: await imageOf('PAGES'),
        notes: await imageOf('NOTES'),
        tags: await imageOf('TAGS'),
      }),
    };
  }
  type Made = Awaited<ReturnType<typeof createFamily>>;

  /** Two expired documents and one that lasts, each with two pages, three notes and a tag. */
  async function fill(family: Made): Promise<void> {
    for (const [at, key] of ["a'b", 'c,d', 'stays'].entries()) {
      await family.insert({ prefix: 'p', key, workspace: 'w', expires_at: key === 'stays' ? future : past });
      await family.insertInto(
        'PAGES',
        ...[1, 2].map((no) => ({ prefix: 'p', key, no, embedding: no === 1 ? [at, no, 0.5] : null })),
      );
      await family.insertInto(
        'NOTES',
        ...[1, 1, 2].map((page, no) => ({ id: at * 10 + no, prefix: 'p', key, page, body: `note ${no}` })),
      );
      await family.insertInto('TAGS', { id: at, meta: { document: { prefix: 'p', key } } });
    }
    // Orphans, which belonged to nothing before.
    await family.insertInto('NOTES', { id: 100, prefix: 'p', key: 'gone', page: 1, body: 'orphan' });
    await family.insertInto('TAGS', { id: 100, meta: { document: { key: "a'b" } } }, { id: 101, meta: null });
  }

  const ofDocument = (images: Record<string, string[]>, key: string) =>
    Object.values(images)
      .flat()
      .filter((row) => row.includes(key));

  test('rows go with all that belongs to them, and come back with it; orphans stay', async () => {
    const family = await createFamily();
    await fill(family);
    expect((await family.store.inspect(db)).problems).toEqual([]);
    const before = await family.images();
    const table = await family.store.open(db);
    const due = await db.transaction().execute((tx) => table.dueChildren(tx, terms));
    expect(Object.entries(due).map(([name, rows]) => [name.split('_')[0], rows])).toEqual([
      ['public.pages', 4],
      ['public.notes', 6],
      ['public.tags', 2],
    ]);
    const run = await bindRun(db, table);
    expect(await removeAll(db, table, run, 'w', 1)).toMatchObject({ documents: 2, vectors: 2, children: 12 });
    const after = await family.images();
    expect(ofDocument(after, 'c,d')).toEqual([]);
    expect(ofDocument(after, 'stays')).toEqual(ofDocument(before, 'stays'));
    expect(after.notes).toContainEqual(expect.stringContaining('orphan'));
    expect(after.tags).toHaveLength(3);
    const undone = await undo(db, family, run, 'w');
    expect(undone).toMatchObject({ restored: [`["p","a'b"]`, '["p","c,d"]'], vectors: 2 });
    expect(await family.images()).toEqual(before);
    expect(await ledgerTotal(db, run.runNo)).toBe(0);
  });

  test('without a ledger nothing is kept of children either', async () => {
    const family = await createFamily();
    await fill(family);
    const table = await family.store.open(db);
    const run = await bindRun(db, table);
    expect(await removeAll(db, table, run, 'w', 100, false)).toMatchObject({ documents: 2, children: 12 });
    expect(await ledgerTotal(db, run.runNo)).toBe(0);
  });

  test('a row whose grandchild exists again is refused with all that belongs to it, and the other comes back', async () => {
    const family = await createFamily();
    await fill(family);
    const run = await sweep(db, family, 'w');
    await family.insertInto('NOTES', { id: 10, prefix: 'x', key: 'y', page: 1, body: 'took the id of a note' });
    const between = await family.images();
    const undone = await undo(db, family, run, 'w');
    expect(undone).toMatchObject({ restored: [`["p","a'b"]`], refused: ['["p","c,d"]'] });
    expect(ofDocument(await family.images(), 'c,d')).toEqual([]);
    await family.execute(`delete from NOTES where key = 'y'`);
    expect((await undo(db, family, run, 'w')).restored).toEqual(['["p","c,d"]']);
    expect(ofDocument(between, 'c,d')).toEqual([]);
    expect(ofDocument(await family.images(), 'c,d')).toHaveLength(7);
  });

  test('a row to which something was added meanwhile is refused', async () => {
    const family = await createFamily();
    await fill(family);
    const run = await sweep(db, family, 'w');
    await family.insertInto('TAGS', { id: 50, meta: { document: { prefix: 'p', key: 'c,d' } } });
    await family.insertInto('NOTES', { id: 51, prefix: 'p', key: "a'b", page: 2, body: 'new' });
    expect((await undo(db, family, run, 'w')).restored).toEqual([]);
  });

  test('a child that a trigger drops keeps its row out, by name', async () => {
    const family = await createFamily();
    await fill(family);
    const table = await family.store.open(db);
    const run = await bindRun(db, table);
    await removeAll(db, table, run, 'w');
    await family.execute(`create function drop_OTHERS() returns trigger language plpgsql as
      $$begin if new.key = 'c,d' then return null; end if; return new; end$$`);
    await family.execute('create trigger drops before insert on NOTES for each row execute function drop_OTHERS()');
    const { no: undoRunNo, run_id: undoRunId } = await newRun(db, 'undo');
    const at = run.at('w');
    const ids = (await table.nextRestores(db, at, undoRunNo, 100)).map(({ id }) => id);
    const request = { ...at, partition: 'w', rule, undoRunNo, undoRunId, ids, withReferenced: true };
    const back = await db.transaction().execute((tx) => table.restore(tx, request));
    expect(back).toMatchObject({ restored: [`["p","a'b"]`], refused: ['["p","c,d"]'], children: 6 });
    expect(back.refusals).toMatchObject([
      { id: '["p","c,d"]', reason: 'refused', table: expect.stringMatching(/^notes/) },
    ]);
    expect(ofDocument(await family.images(), 'c,d')).toEqual([]);
  });

  test('a child that another table references keeps its row, and the others go', async () => {
    const family = await createFamily();
    await family.execute('create table OTHERS (note int references NOTES)');
    await fill(family);
    await family.execute('insert into OTHERS values (0)');
    const before = await family.images();
    const table = await family.store.open(db);
    const run = await bindRun(db, table);
    const batch = { ...run.at('w'), partition: 'w', rule, after: null, size: 100, keep: true };
    const removal = await db.transaction().execute((tx) => table.remove(tx, batch));
    expect(removal).toMatchObject({ documents: 1, children: 6, kept: [{ reason: 'referenced', documents: 1 }] });
    expect(ofDocument(await family.images(), "a'b")).toEqual(ofDocument(before, "a'b"));
  });

  test('removal in two transactions takes and records the children with the rows', async () => {
    const family = await createFamily();
    await fill(family);
    const before = await family.images();
    const table = await family.store.open(db);
    const run = await bindRun(db, table);
    const at = run.at('w');
    const batch = { ...at, partition: 'w', rule, after: null, size: 100, keep: true };
    const { ids } = await table.nextItems(db, batch);
    await db.transaction().execute((tx) => table.intend(tx, batch, ids));
    expect(await family.images()).toEqual(before);
    const settled = await db.transaction().execute((tx) => table.settle(tx, at, ids, true, rule));
    expect(settled).toMatchObject({ children: 12, changed: [], vanished: [] });
    expect((await undo(db, family, run, 'w')).restored).toHaveLength(2);
    expect(await family.images()).toEqual(before);
  });

  test('a child of several rows of a document is removed and restored with the document', async () => {
    const family = await createShared();
    const before = await family.all();
    const run = await sweep(db, family, 'w', 1);
    expect(await family.all()).toEqual(before.filter((row) => /lasts|kept/.test(row)));
    expect((await undo(db, family, run, 'w')).restored).toHaveLength(2);
    expect(await family.all()).toEqual(before);
  });

  test('a child of several rows is removed with the last of them, and restored with the first', async () => {
    const family = await createShared(null);
    const run = await sweep(db, family, 'w', 1);
    const blobs = async () => (await family.all()).filter((row) => /x|y|orphan/.test(row));
    expect(await blobs()).toEqual(['(kept,orphan)', '(lasts,x)']);
    const { restored } = await undo(db, family, run, 'w');
    expect(restored).toEqual(['["goes","1"]', '["goes","2"]', '["lasts","1"]']);
    expect(await blobs()).toEqual(['(goes,x)', '(goes,y)', '(kept,orphan)', '(lasts,x)']);
  });

  /** Versions of threads, with blobs that all versions of a thread share: as LangGraph keeps checkpoints. */
  async function createShared(document: string | null = 'thread') {
    const columns = 'thread text, no int, workspace text, expires_at timestamptz, primary key (thread, no)';
    const made = await createCollection(db, { columns, chunks: null, settings: { id: ['thread', 'no'] } });
    const blobs = `blobs_of_${made.table}`;
    await made.execute(`create table ${blobs} (thread text, name text, primary key (thread, name))`);
    const family = remapped(made, {
      ...{ table: made.table, id: ['thread', 'no'], document, fetched_at: null },
      children: [{ table: blobs, id: ['thread', 'name'], parent: { thread: 'thread' } }],
    });
    const row = (thread: string, no: number, expires_at: string) => ({ thread, no, workspace: 'w', expires_at });
    await family.insert(row('goes', 1, past), row('goes', 2, past), row('lasts', 1, past), row('lasts', 2, future));
    await family.execute(
      `insert into ${blobs} values ('goes', 'x'), ('goes', 'y'), ('lasts', 'x'), ('kept', 'orphan')`,
    );
    const all = async () => {
      const { rows } = await sql<{ row: string }>`
        select t::text as row from ${sql.id(made.table)} t union all select b::text from ${sql.id(blobs)} b`.execute(
        db,
      );
      return rows.map(({ row: text }) => text).sort();
    };
    return { ...family, all };
  }

  test('unfit tables are refused: missing columns, no index, children of several children, other cascades', async () => {
    const family = await createFamily({
      tables: `create table PAGES (id int primary key, prefix text, key text, kind text,
          foreign key (prefix, key) references TABLE (prefix, key) on delete cascade);
        create table NOTES (id int, page int);
        create table TAGS (id int primary key, kind text);
        create table OTHERS (page int references PAGES on delete cascade)`,
      children: [
        {
          ...{ table: 'PAGES', id: 'id', parent: { prefix: 'prefix', key: 'key' } },
          children: [
            { table: 'NOTES', id: 'id', parent: { page: 'id' } },
            { table: 'TAGS', id: 'id', parent: { kind: 'kind' } },
          ],
        },
      ],
    });
    const { problems } = await family.store.inspect(db);
    expect(problems.map((problem) => problem.replaceAll(/_of_docs_\d+/g, ''))).toEqual([
      expect.stringMatching(/^public\.pages has no index .*: CREATE INDEX CONCURRENTLY ON .* \("prefix", "key"\);$/),
      'public.notes: (id) has no unique index: an id must name one row of a child table',
      expect.stringMatching(/^public\.notes has no index .*\("page"\);$/),
      expect.stringMatching(/^public\.tags: \(kind\) does not name one row of public\.pages/),
      expect.stringMatching(/^public\.tags has no index .*\("kind"\);$/),
      expect.stringContaining('deletes rows of others'),
    ]);
    for (const problem of problems) {
      const index = /CREATE INDEX.*/.exec(problem)?.[0];
      if (index !== undefined) await family.execute(index);
    }
    expect((await family.store.inspect(db)).problems.filter((problem) => problem.includes('no index'))).toEqual([]);
  });
}
