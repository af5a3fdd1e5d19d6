import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { SuiteDatabase } from '../../support/stores.ts';
import { bindRun, createCollection, cutoff, future, past, removeAll, survey, terms } from './collection.ts';

/** Promises of a survey: the rows that it counts, and those that it does not. */
export function surveyContract(database: SuiteDatabase): void {
  test('counts rows, what is due and why, what cannot be read, and rows without a workspace, by workspace', async () => {
    const { db } = database;
    const docs = await createCollection(db, {
      columns: 'id text primary key, workspace text, expires_at text, fetched_at timestamptz',
      settings: { expires_at: { column: 'expires_at', type: 'iso_text' }, fetched_at: 'fetched_at' },
    });
    const old = '2026-01-01T00:00:00Z';
    await docs.insert(
      { id: '1', workspace: 'a', expires_at: past },
      { id: '2', workspace: 'a', expires_at: '2026-04-01T00:00:00Z', fetched_at: old },
      { id: '3', workspace: 'a', fetched_at: old },
      { id: '4', workspace: 'a', expires_at: future, fetched_at: old },
      { id: '5', workspace: 'a', expires_at: 'soon', fetched_at: old },
      { id: '6', workspace: 'b', fetched_at: '2026-05-30T00:00:00Z' },
      { id: '7', workspace: null, expires_at: past },
      { id: '8', workspace: '', expires_at: past },
      { id: '9', workspace: ' ', expires_at: past },
    );
    const counts = await survey(db, await docs.store.open(db));
    const shown = counts.map(({ digest: _digest, ...count }) => count);
    expect(shown).toEqual([
      { ...none, partition: null, rows: 1, due: 1, reasons: { expired: 1, too_old: 0 }, oldest: new Date(past) },
      { ...none, partition: ' ', rows: 1, due: 1, reasons: { expired: 1, too_old: 0 }, oldest: new Date(past) },
      {
        ...{ partition: 'a', rows: 5, due: 3, reasons: { expired: 2, too_old: 1 }, onHold: 0, unreadable: 1 },
        oldest: new Date(old),
      },
      { ...none, partition: 'b', rows: 1, due: 0, reasons: { expired: 0, too_old: 0 }, oldest: null },
      { ...none, partition: null, rows: 1, due: 1, reasons: { expired: 1, too_old: 0 }, oldest: new Date(past) },
    ]);
  });

  test('counts the rows of the whole table too, where the share is of the table', async () => {
    const { db } = database;
    const docs = await createCollection(db, {
      columns: 'id text primary key, workspace text, expires_at timestamptz, deleted boolean',
      settings: { fetched_at: null, filter: { deleted: 'true' }, share_of: 'table' },
    });
    await docs.insert(
      { id: '1', workspace: 'a', expires_at: past, deleted: true },
      { id: '2', workspace: 'a', expires_at: past, deleted: false },
      { id: '3', workspace: 'a', expires_at: future },
      { id: '4', workspace: 'only outside', expires_at: past },
      { id: '5', workspace: null, expires_at: past, deleted: true },
      { id: '6', workspace: '', expires_at: past, deleted: false },
    );
    const counts = await survey(db, await docs.store.open(db));
    expect(counts.map(({ partition, rows, tableRows, due }) => [partition, rows, tableRows, due])).toEqual([
      ['a', 1, 3, 1],
      ['only outside', 0, 1, 0],
      [null, 1, 1, 1],
    ]);
  });

  test('rows without a workspace, NULL or empty, are bound to no run', async () => {
    const { db } = database;
    const docs = await createCollection(db);
    await docs.insert(
      { id: '1', workspace: null, expires_at: past },
      { id: '2', workspace: '', expires_at: past },
      { id: '3', workspace: 'a', expires_at: past },
    );
    const table = await docs.store.open(db);
    const run = await bindRun(db, table);
    for (const partition of ['a', '']) await removeAll(db, table, run, partition);
    expect(await docs.image()).toEqual([expect.stringContaining('1,,'), expect.stringContaining('2,"",')]);
  });

  test('the digest names the set of due ids, whatever their order and whatever other rows exist', async () => {
    const { db } = database;
    const digests = [];
    for (const ids of [
      ['1', '2', '3'],
      ['3', '1', '2'],
      ['1', '2', '4'],
      ['1', '2'],
    ]) {
      const docs = await createCollection(db);
      await docs.insert(...ids.map((id) => ({ id, workspace: 'a', expires_at: past })), {
        id: `other ${digests.length}`,
        workspace: 'a',
        expires_at: future,
      });
      digests.push((await survey(db, await docs.store.open(db)))[0]?.digest);
    }
    const [first, reordered, ...others] = digests;
    expect(reordered).toBe(first);
    expect(new Set(others).add(first).size).toBe(3);
  });

  test('samples up to five ids of what is due, oldest first, of the partitions asked for alone', async () => {
    const { db } = database;
    const docs = await createCollection(db);
    const day = (at: number) => `2026-05-${String(at).padStart(2, '0')}T00:00:00Z`;
    await docs.insert(
      ...[1, 2, 3, 4, 5, 6, 7].map((at) => ({ id: `a${8 - at}`, workspace: 'a', expires_at: day(at) })),
      { id: 'stays', workspace: 'a', expires_at: future },
      { id: 'b1', workspace: 'b', expires_at: past },
      { id: 'c1', workspace: 'c', expires_at: past },
    );
    const table = await docs.store.open(db);
    const sampled = await db.transaction().execute((tx) => table.samples(tx, terms, ['a', 'c']));
    expect([...sampled].sort()).toEqual([
      ['a', ['a7', 'a6', 'a5', 'a4', 'a3']],
      ['c', ['c1']],
    ]);
    expect(await db.transaction().execute((tx) => table.samples(tx, terms, []))).toEqual(new Map());
  });

  test('more partitions than a page holds are all counted once, in the order of their names', async () => {
    const { db } = database;
    const docs = await createCollection(db);
    await docs.execute(`insert into TABLE (id, workspace, expires_at)
      select n::text, 'w' || n, '${past}' from generate_series(1, 2000) n`);
    const names = (await survey(db, await docs.store.open(db))).map((count) => count.partition);
    expect(names).toEqual(Array.from({ length: 2000 }, (_, at) => `w${at + 1}`).sort());
  });

  test('rows outside the static filter are no part of the collection: neither counted nor removed', async () => {
    const { db } = database;
    const docs = await createCollection(db, {
      columns: 'id text primary key, workspace text, expires_at timestamptz, meta jsonb',
      settings: { filter: { 'meta.kind': ['doc', 'note'] } },
    });
    const kinds = ['doc', 'note', 'user', null];
    await docs.insert(...kinds.map((kind, at) => ({ id: `${at}`, workspace: 'a', expires_at: past, meta: { kind } })), {
      id: 'bare',
      workspace: 'a',
      expires_at: past,
    });
    const others = await docs.image("id in ('2', '3', 'bare')");
    const table = await docs.store.open(db);
    expect(await survey(db, table)).toMatchObject([{ rows: 2, due: 2 }]);
    await removeAll(db, table, await bindRun(db, table), 'a');
    expect(await docs.image()).toEqual(others);
  });

  test('reads only: a role with nothing but SELECT takes it', async () => {
    const { db } = database;
    const docs = await createCollection(db);
    await docs.insert({ id: '1', workspace: 'a', expires_at: past });
    const table = await docs.store.open(db);
    const role = sql.id(`reader_${randomUUID()}`);
    await sql`create role ${role}`.execute(db);
    await sql`grant select on ${sql.id(docs.table)} to ${role}`.execute(db);
    const counts = await db
      .transaction()
      .setAccessMode('read only')
      .execute(async (tx) => {
        await sql`set local role ${role}`.execute(tx);
        const pages = [];
        for await (const page of table.survey(tx, { ...terms, respectHolds: false })) pages.push(...page);
        return pages;
      });
    await sql`drop owned by ${role}`.execute(db);
    await sql`drop role ${role}`.execute(db);
    expect(counts).toMatchObject([{ partition: 'a', due: 1 }]);
  });

  test('counts the rows that an earlier survey did not have', async () => {
    const { db } = database;
    const docs = await createCollection(db);
    await docs.insert({ id: '1', workspace: 'a', expires_at: past }, { id: '2', workspace: 'a', expires_at: future });
    const table = await docs.store.open(db);
    const approved = await bindRun(db, table);
    await docs.execute("update TABLE set body = 'written since'");
    const same = await bindRun(db, table);
    await docs.execute(`update TABLE set expires_at = '${past}'`);
    const more = await bindRun(db, table);
    const beyond = (one: { runNo: number }) =>
      db.transaction().execute((tx) => table.itemsBeyond(tx, one.runNo, approved.runNo));
    expect([await beyond(same), await beyond(more)]).toEqual([0, 1]);
  });

  test('a document expires at the cutoff itself, and not a millisecond before its time', async () => {
    const { db } = database;
    const docs = await createCollection(db);
    await docs.insert(
      { id: 'at', workspace: 'a', expires_at: cutoff.toISOString() },
      { id: 'after', workspace: 'a', expires_at: new Date(cutoff.getTime() + 1).toISOString() },
    );
    const table = await docs.store.open(db);
    const sampled = await db.transaction().execute((tx) => table.samples(tx, terms, ['a']));
    expect(sampled.get('a')).toEqual(['at']);
  });
}

const none = { onHold: 0, unreadable: 0 };
