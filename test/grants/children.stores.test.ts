import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { toMapping } from '../../src/config/mapping.ts';
import { openDatabase } from '../../src/database/database.ts';
import { quoted } from '../../src/database/identifiers.ts';
import type { Db } from '../../src/database/schema.ts';
import { needsOf } from '../../src/operations/setup/grants/needs.ts';
import { usesOf } from '../../src/operations/setup/grants/table-uses.ts';
import { createRowStore } from '../../src/stores/postgres/row-store.ts';
import { bindRun, removeAll, terms, undo } from '../stores/contract/collection.ts';
import { describeOnDatabase } from '../support/stores.ts';

const worker = `worker_${randomBytes(4).toString('hex')}`;
const tables = ['app.items', 'app.parts', 'app.notes'];

describeOnDatabase('native', 'grants on tables of children', (database) => {
  const mapping = toMapping('items', {
    ...{ table: 'app.items', id: ['prefix', 'key'], fetched_at: null },
    children: [
      {
        ...{ table: 'app.parts', id: 'id', parent: { prefix: 'prefix', key: 'key' } },
        children: [{ table: 'app.notes', id: 'id', parent: { part: 'id' } }],
      },
    ],
  });
  const needs = needsOf('worker', usesOf({ collections: [mapping], graphs: [] })).flatMap((need) =>
    need.on === 'table' ? need.privileges.map((privilege) => ({ ...need, privilege })) : [],
  );
  let db: Db;

  beforeAll(async () => {
    for (const text of [
      `create role ${worker} login`,
      'create schema app',
      `create table app.items (prefix text, key text, workspace text, expires_at timestamptz, primary key (prefix, key))`,
      `create table app.parts (id int primary key, prefix text, key text, secret text)`,
      'create index on app.parts (prefix, key)',
      'create table app.notes (id int primary key, part int)',
      'create index on app.notes (part)',
      `insert into app.items values ('p', 'k', 'w', '2026-01-01')`,
      `insert into app.parts values (1, 'p', 'k', 'secret')`,
      'insert into app.notes values (1, 1)',
      `grant usage on schema app, coppice to ${worker}`,
      `grant create on schema coppice to ${worker}`,
      `grant select, insert, update, delete on all tables in schema coppice to ${worker}`,
      `grant usage on all sequences in schema coppice to ${worker}`,
    ]) {
      await sql.raw(text).execute(database.db);
    }
    await database.db.transaction().execute((tx) => createRowStore(mapping).ensureLedger(tx));
    await sql.raw(`grant all on all tables in schema coppice to ${worker}`).execute(database.db);
    const url = new URL(database.url);
    url.username = worker;
    db = openDatabase({ url: url.href });
  });
  beforeEach(() => sql.raw(`revoke all on ${tables.join(', ')} from ${worker}`).execute(database.db));
  afterAll(async () => {
    await db.destroy();
    await sql.raw(`drop owned by ${worker}; drop role ${worker}`).execute(database.db);
  });

  async function grantAll(except: (typeof needs)[number] | null): Promise<void> {
    for (const need of needs) {
      if (need === except) continue;
      const columns = need.columns === null ? '' : `(${need.columns.join(', ')})`;
      await sql.raw(`grant ${need.privilege} ${columns} on ${quoted(need.table)} to ${worker}`).execute(database.db);
    }
  }

  async function worked(): Promise<void> {
    const store = createRowStore(mapping, { ledgerTables: 'migrate' });
    const table = await store.open(db);
    await db.transaction().execute((tx) => table.dueChildren(tx, terms));
    const run = await bindRun(db, table);
    expect(await removeAll(db, table, run, 'w')).toMatchObject({ documents: 1, children: 2 });
    expect(await undo(db, { store }, run, 'w')).toMatchObject({ restored: ['["p","k"]'] });
    await sql`delete from coppice.holds`.execute(database.db);
  }

  test('the printed grants are enough', async () => {
    await grantAll(null);
    await worked();
  });

  test.each(needs.map((need) => [need.privilege, need.table.name, need] as const))(
    'and without %s on %s the work fails',
    async (_privilege, _table, need) => {
      await grantAll(need);
      await expect(worked()).rejects.toThrow(/permission denied|could not restore it/);
    },
  );
});
