import { readFileSync } from 'node:fs';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import type { CollectionSettings } from '../../src/config/collection-schema.ts';
import { toMapping } from '../../src/config/mapping.ts';
import { openDatabase } from '../../src/database/database.ts';
import type { CollectionMapping } from '../../src/domain/mapping.ts';
import { createRowStore } from '../../src/stores/postgres/row-store.ts';
import { effectsOf } from '../../src/stores/postgres/schema/unseen-effects.ts';
import { describeOnDatabase } from '../support/stores.ts';
import { bindRun, createCollection, past, removeAll, survey, undo } from './contract/collection.ts';

describeOnDatabase('native', 'what an undo could not restore', (database) => {
  const imageOf = async ({ table }: CollectionMapping) => {
    const { rows } = await sql<{ row: string }>`
      select t::text as row from ${sql.id(table.schema, table.name)} t order by 1`.execute(database.db);
    return rows.map(({ row }) => row);
  };

  /** Removes all that is due, restores it, and compares. */
  const isRestored = async (mapping: CollectionMapping) => {
    const { db } = database;
    const before = await imageOf(mapping);
    const store = createRowStore(mapping);
    const table = await store.open(db);
    const run = await bindRun(db, table);
    let removed = 0;
    for (const { partition, due } of await survey(db, table)) {
      if (partition === null || due === 0) continue;
      removed += (await removeAll(db, table, run, partition, 2)).documents;
      // PostgreSQL accepts no statement of an undo on a table with insert rules.
      await undo(db, { store }, run, partition).catch((error: unknown) =>
        expect(error).toMatchObject({ code: '0A000' }),
      );
    }
    expect(removed).toBeGreaterThan(0);
    return JSON.stringify(await imageOf(mapping)) === JSON.stringify(before);
  };

  const columns = 'id int primary key, workspace text, no int, expires_at timestamptz';
  const reads = (
    body: string,
  ) => `create function TABLE_ok(value int) returns boolean language plpgsql as $$ ${body} $$;
    alter table TABLE add constraint TABLE_check check (TABLE_ok(no))`;
  const filter = (body: string) => `create function TABLE_in() returns trigger language plpgsql as $$ ${body} $$;
    create trigger TABLE_filter before insert on TABLE for each row execute function TABLE_in()`;

  /** Three rows, numbered 1, 1 and 2, all due. */
  const hazards: readonly [string, string, string | null][] = [
    [
      'a check that is not valid, and rows that break it',
      'alter table TABLE add constraint TABLE_c check (no < 2) not valid',
      'TABLE_c',
    ],
    [
      'a check that is not valid, and no row breaks',
      'alter table TABLE add constraint TABLE_c check (no < 3) not valid',
      null,
    ],
    [
      'a foreign key that is not valid, and rows that break it',
      `create table TABLE_other (id int primary key);
       alter table TABLE add constraint TABLE_f foreign key (no) references TABLE_other not valid`,
      'TABLE_f',
    ],
    [
      'a foreign key that is not valid, and no row breaks',
      `create table TABLE_other (id int primary key); insert into TABLE_other values (1), (2);
       alter table TABLE add constraint TABLE_f foreign key (no) references TABLE_other not valid`,
      null,
    ],
    [
      'a check whose function reads other rows',
      reads('begin return (select count(*) from TABLE where no = value) <> 0; end'),
      'TABLE_check',
    ],
    ['a check whose function reads nothing', reads('begin return value > 0; end'), null],
    [
      'a trigger that drops rows',
      filter('begin if new.no = 2 then return null; end if; return new; end'),
      'TABLE_filter',
    ],
    ['a trigger that changes nothing', filter('begin return new; end'), null],
    ['an insert rule', 'create rule TABLE_rule as on insert to TABLE do instead nothing', 'TABLE_rule'],
    ['an update rule', 'create rule TABLE_rule as on update to TABLE do also notify TABLE', null],
    ['a deferrable unique constraint', 'alter table TABLE add unique (id, no) deferrable initially deferred', null],
    ['a unique index of some rows', 'create unique index on TABLE (no) where no > 1', null],
    ['a unique index of an expression', 'create unique index on TABLE ((id * 2))', null],
    ['a unique index without distinct nulls', 'create unique index on TABLE (id, no) nulls not distinct', null],
    ['an exclusion constraint', 'alter table TABLE add exclude (id with =)', null],
    ['a reference to the table itself', 'alter table TABLE add foreign key (no) references TABLE', null],
  ];

  describe('is refused by name before a run, and nothing else is: compared with a rehearsal', () => {
    test.each(hazards)('%s', async (_name, statement, refused) => {
      const { db } = database;
      const docs = await createCollection(db, { columns, chunks: null });
      await docs.execute(
        `insert into TABLE values (1, 'a', 1, '${past}'), (2, 'a', 1, '${past}'), (3, 'a', 2, '${past}')`,
      );
      await docs.execute(statement);
      const name = refused?.replace('TABLE', docs.table) ?? null;
      const { problems } = await docs.store.inspect(db);
      expect(problems).toEqual(name === null ? [] : [expect.stringContaining(`accept: [${name}]`)]);
      const accepting = { ...docs.mapping, accept: name === null ? [] : [name] };
      expect((await createRowStore(accepting).inspect(db)).problems).toEqual([]);
      expect(await isRestored(accepting)).toBe(name === null);
    });

    test('a unique index whose creation failed, where rows break it', async () => {
      const { db } = database;
      const docs = await createCollection(db, { columns, chunks: null });
      await docs.execute(`insert into TABLE values (1, 'a', 1, '${past}'), (2, 'a', 1, '${past}')`);
      await expect(docs.execute('create unique index concurrently TABLE_failed on TABLE (no)')).rejects.toThrow();
      const name = `${docs.table}_failed`;
      // PostgreSQL does not enforce it yet.
      expect((await docs.store.inspect(db)).problems).toEqual([]);
      expect(await isRestored(docs.mapping)).toBe(true);
      await sql`delete from coppice.holds`.execute(db);
      // As it is left where the rows that break it were written while it was validated.
      const set = (flags: string) =>
        docs.execute(`update pg_index set ${flags} where indexrelid = 'TABLE_failed'::regclass`);
      await docs.execute(
        'drop index TABLE_failed; delete from TABLE where id = 2; create unique index TABLE_failed on TABLE (no)',
      );
      await set('indisready = false');
      await docs.execute(`insert into TABLE values (2, 'a', 1, '${past}')`);
      await set('indisready = true, indisvalid = false');
      expect((await docs.store.inspect(db)).problems).toEqual([expect.stringContaining(name)]);
      expect(await isRestored({ ...docs.mapping, accept: [name] })).toBe(false);
      await docs.execute('update TABLE set no = id');
      expect((await docs.store.inspect(db)).problems).toEqual([]);
    });
  });

  describe('is found by a rehearsal in the survey, where the catalogue does not show it', () => {
    const drops = (body: string) => `create function TABLE_no() returns trigger language plpgsql as $$ ${body} $$;
      create trigger TABLE_guard before insert on TABLE for each row execute function TABLE_no()`;
    test.each([
      [
        'a trigger that refuses what has expired',
        drops(`begin if new.expires_at < now() then raise exception 'x'; end if; return new; end`),
        'refused with P0001',
      ],
      ['a trigger that drops every row', drops('declare r TABLE; begin return r; end'), 'dropped'],
      [
        'a constraint trigger at the end of the transaction',
        drops(`begin raise exception 'x'; end`)
          .replace('create trigger TABLE_guard before', 'create constraint trigger TABLE_guard after')
          .replace('for each row', 'deferrable initially deferred for each row'),
        'refused with P0001',
      ],
    ])('%s', async (_name, statement, says) => {
      const { db } = database;
      const docs = await createCollection(db, { columns, chunks: null });
      await docs.execute(`insert into TABLE values (1, 'a', 1, '${past}'), (2, 'a', 1, '${past}')`);
      await docs.execute(statement);
      expect((await docs.store.inspect(db)).problems).toEqual([]);
      await expect(bindRun(db, await docs.store.open(db))).rejects.toThrow(says);
      expect(await docs.image()).toHaveLength(2);
      const accepting = createRowStore({ ...docs.mapping, accept: ['restore'] });
      await bindRun(db, await accepting.open(db));
    });

    test('a role that may not insert', async () => {
      const { db, url } = database;
      const docs = await createCollection(db, { columns, chunks: null });
      await docs.execute(`insert into TABLE values (1, 'a', 1, '${past}')`);
      const role = `remover_${docs.table}_${process.pid}`;
      await docs.execute(`create role ${role} login; grant usage, create on schema coppice to ${role};
        grant usage on schema public to ${role}; grant select, delete, update on TABLE to ${role};
        grant all on all tables in schema coppice to ${role}; grant all on all sequences in schema coppice to ${role}`);
      const address = new URL(url);
      address.username = role;
      const limited = openDatabase({ url: address.href });
      try {
        await expect(bindRun(limited, await docs.store.open(limited))).rejects.toThrow('refused with 42501');
        await docs.execute(`grant insert on TABLE to ${role}`);
        await bindRun(limited, await docs.store.open(limited));
      } finally {
        await limited.destroy();
        await docs.execute(`drop owned by ${role}; drop role ${role}`);
      }
    });
  });

  const none = { vectors: { in: 'none' as const } };
  const known: readonly [string, CollectionSettings][] = [
    [
      'mem0',
      {
        table: 'mem0',
        workspace: { path: 'payload.user_id' },
        expires_at: { path: 'payload.expiration_date', type: 'date' },
        vectors: { in: 'row', column: 'vector' },
      },
    ],
    [
      'langchain',
      {
        table: 'langchain_pg_embedding',
        workspace: 'collection_id',
        expires_at: { path: 'cmetadata.expires_at', type: 'iso_text' },
        vectors: { in: 'row', column: 'embedding' },
      },
    ],
    [
      'llamaindex',
      {
        table: 'data_llamaindex',
        workspace: { path: 'metadata_.tenant' },
        expires_at: { path: 'metadata_.expires_at', type: 'date' },
        vectors: { in: 'row', column: 'embedding' },
      },
    ],
    [
      'dify',
      { table: 'documents', workspace: 'tenant_id', expires_at: { column: 'expires_at', type: 'naive' }, ...none },
    ],
    [
      'letta',
      {
        table: 'archival_passages',
        workspace: 'organization_id',
        expires_at: 'created_at',
        vectors: { in: 'row', column: 'embedding' },
      },
    ],
    ['open-webui', { table: 'memory', workspace: 'user_id', ...none }],
    ['application', { table: 'contacts', workspace: 'tenant', ...none }],
  ];

  describe('ordinary schemas', () => {
    const create = async (name: string) => {
      const file = new URL(`../fixtures/schemas/${name}.sql`, import.meta.url);
      await sql.raw(readFileSync(file, 'utf8')).execute(database.db);
    };

    test.each(known)('%s is not refused, and comes back as it was', async (name, settings) => {
      await create(name);
      const mapping = toMapping(name.replace('-', '_'), settings);
      expect((await createRowStore(mapping).inspect(database.db)).problems).toEqual([]);
      expect(await isRestored(mapping)).toBe(true);
    });

    test('LangGraph has nothing that an undo could not restore', async () => {
      await create('langgraph');
      const mapping = toMapping('langgraph', { table: 'store', id: 'key', workspace: 'prefix', ...none });
      expect(await effectsOf(database.db, mapping)).toEqual([]);
    });
  });
});
