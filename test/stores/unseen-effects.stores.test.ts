import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/database/database.ts';
import { createRowStore } from '../../src/stores/postgres/row-store.ts';
import { effectsOf } from '../../src/stores/postgres/schema/unseen-effects.ts';
import { describeOnDatabase, describeOnDatabases } from '../support/stores.ts';
import { type Collection, createCollection, insertExpired, survey, sweep } from './contract/collection.ts';

const plain = { chunks: 'document_id text not null references TABLE on delete cascade, id text, embedding vector(3)' };

describeOnDatabases('effects that the ledger would not see', (database) => {
  const collectionWith = async (statements: readonly string[], accept: readonly string[] = []) => {
    const docs = await createCollection(database.db, { ...plain, settings: { accept: [...accept] } });
    for (const statement of statements) await docs.execute(statement);
    return docs;
  };
  const problemsOf = async (docs: Collection) => (await docs.store.inspect(database.db)).problems;

  const trigger = `create function TABLE_kept() returns trigger language plpgsql as $$ begin return old; end $$;
    create trigger TABLE_watch before delete on`;
  const effects: readonly [string, string, string, string][] = [
    [
      'a cascade into another table',
      'create table TABLE_notes (doc text constraint TABLE_fk references TABLE on delete cascade)',
      'TABLE_fk',
      'deletes rows of TABLE_notes',
    ],
    [
      'a reference that a delete sets to NULL',
      'create table TABLE_notes (doc text constraint TABLE_fk references TABLE on delete set null)',
      'TABLE_fk',
      'changes rows of TABLE_notes',
    ],
    [
      'a reference that a delete sets to its default',
      "create table TABLE_notes (doc text default 'x' constraint TABLE_fk references TABLE on delete set default)",
      'TABLE_fk',
      'changes rows of TABLE_notes',
    ],
    [
      'a reference of the table to itself',
      'alter table TABLE add column parent text constraint TABLE_fk references TABLE on delete cascade',
      'TABLE_fk',
      'deletes rows of TABLE',
    ],
    ['a delete trigger', `${trigger} TABLE for each row execute function TABLE_kept()`, 'TABLE_watch', 'fires trigger'],
    [
      'a delete trigger of the chunks',
      `${trigger} CHUNKS for each row execute function TABLE_kept()`,
      'TABLE_watch',
      'deleting from public.CHUNKS fires trigger',
    ],
    [
      'a delete trigger of the statement',
      `${trigger} TABLE for each statement execute function TABLE_kept()`,
      'TABLE_watch',
      'fires trigger',
    ],
    [
      'a delete trigger that the replica role would fire too',
      `${trigger} TABLE for each row execute function TABLE_kept(); alter table TABLE enable always trigger TABLE_watch`,
      'TABLE_watch',
      'deleting from public.TABLE fires trigger',
    ],
    [
      'a constraint trigger that fires at the end of the transaction',
      `${trigger.replace('trigger TABLE_watch before', 'constraint trigger TABLE_watch after')} TABLE deferrable
        initially deferred for each row execute function TABLE_kept()`,
      'TABLE_watch',
      'fires trigger',
    ],
    [
      'a rule that does something instead',
      'create rule TABLE_soft as on delete to TABLE do instead update TABLE set body = null where id = old.id',
      'TABLE_soft',
      'deleting from public.TABLE is rewritten by rule',
    ],
    [
      'a rule that does something besides',
      'create table TABLE_log (id text); create rule TABLE_also as on delete to TABLE do also insert into TABLE_log values (old.id)',
      'TABLE_also',
      'is rewritten by rule',
    ],
    [
      'a table that inherits',
      'create table TABLE_child () inherits (TABLE)',
      'inheritance',
      'deletes rows of public.TABLE_child, which inherits from it',
    ],
    [
      'a reference to a table that inherits',
      `create table TABLE_child (primary key (id)) inherits (TABLE);
       create table TABLE_notes (doc text constraint TABLE_fk references TABLE_child on delete cascade)`,
      'TABLE_fk',
      'deleting from public.TABLE_child deletes rows of TABLE_notes',
    ],
    [
      'a cascade of the chunks into themselves',
      `alter table CHUNKS add primary key (document_id, id), add column up_doc text, add column up_chunk text,
       add constraint TABLE_fk foreign key (up_doc, up_chunk) references CHUNKS on delete cascade`,
      'TABLE_fk',
      'deletes rows of CHUNKS',
    ],
    [
      'another reference of the chunks to a document',
      'alter table CHUNKS add column cited text constraint TABLE_fk references TABLE on delete cascade',
      'TABLE_fk',
      'deleting from public.TABLE deletes rows of CHUNKS',
    ],
    [
      'a cascade from the chunks into another table',
      `alter table CHUNKS add primary key (document_id, id);
       create table TABLE_votes (doc text, chunk text, constraint TABLE_fk foreign key (doc, chunk) references CHUNKS on delete cascade)`,
      'TABLE_fk',
      'deletes rows of TABLE_votes',
    ],
  ];

  describe.each(effects)('%s', (_name, statement, effect, says) => {
    const named = (docs: Collection, text: string) =>
      text.replaceAll('TABLE', docs.table).replaceAll('CHUNKS', docs.chunkTable);

    test('is found, and refused before anything is touched', async () => {
      const docs = await collectionWith([statement]);
      await docs.insert({ id: '1', workspace: 'a', expires_at: '2020-01-01' });
      const problems = await problemsOf(docs);
      const accept = `collections.${docs.name}.accept: [${named(docs, effect)}]`;
      const found = problems.find((problem) => problem.includes(accept));
      expect(found).toContain(named(docs, says));
      await expect(docs.store.open(database.db)).rejects.toMatchObject({ name: 'MappingError', problems });
      expect(await docs.image()).toHaveLength(1);
    });

    test('is accepted by its name, and by no other', async () => {
      const docs = await collectionWith([statement]);
      const accepting = (accept: readonly string[]) => ({ ...docs.mapping, accept });
      const inspect = (accept: readonly string[]) => createRowStore(accepting(accept)).inspect(database.db);
      // A child that is referred to is two matters.
      const accepted = [named(docs, effect), ...(statement.includes('(primary key (id))') ? ['inheritance'] : [])];
      expect((await inspect(accepted)).problems).toEqual([]);
      expect((await inspect(['another_name', ...accepted.slice(1)])).problems).toHaveLength(1);
    });
  });

  test('harmless effects are not refused: the chunks’ own cascade, references that hold, other triggers', async () => {
    const docs = await collectionWith([
      'create table TABLE_notes (doc text references TABLE)',
      `create function TABLE_kept() returns trigger language plpgsql as $$ begin return new; end $$;
       create trigger TABLE_watch before insert or update on TABLE for each row execute function TABLE_kept()`,
      `create trigger TABLE_off before delete on TABLE for each row execute function TABLE_kept();
       alter table TABLE disable trigger TABLE_off`,
      `create trigger TABLE_copy before delete on TABLE for each row execute function TABLE_kept();
       alter table TABLE enable replica trigger TABLE_copy`,
      `create rule TABLE_off as on delete to TABLE do also notify TABLE; alter table TABLE disable rule TABLE_off`,
    ]);
    expect(await problemsOf(docs)).toEqual([]);
  });

  test('triggers that an undo fires are reported, and refuse nothing', async () => {
    const docs = await collectionWith([
      `create function TABLE_kept() returns trigger language plpgsql as $$ begin return new; end $$;
       create trigger TABLE_stamp before insert on TABLE for each row execute function TABLE_kept()`,
      'alter table CHUNKS set unlogged',
    ]);
    const effects = await effectsOf(database.db, docs.mapping);
    expect(effects.map(({ kind, refused, name }) => [kind, refused, name])).toEqual([
      ['insert_trigger', false, `${docs.table}_stamp`],
      ['unlogged', false, 'unlogged'],
    ]);
    expect(await problemsOf(docs)).toEqual([]);
  });

  test('a partitioned table: what hangs on one of its parts is found, a trigger of all of them once', async () => {
    const docs = await createCollection(database.db, {
      columns: 'id text, workspace text, expires_at timestamptz, primary key (id)',
      chunks: null,
    });
    await docs.execute(`drop table TABLE; create table TABLE (id text primary key, workspace text, expires_at timestamptz)
      partition by hash (id); create table TABLE_0 partition of TABLE for values with (modulus 2, remainder 0);
      create table TABLE_1 partition of TABLE for values with (modulus 2, remainder 1)`);
    expect(await problemsOf(docs)).toEqual([]);
    await docs.execute(`create function TABLE_kept() returns trigger language plpgsql as $$ begin return old; end $$;
      create trigger TABLE_all after delete on TABLE for each row execute function TABLE_kept();
      create trigger TABLE_row after delete on TABLE_1 for each row execute function TABLE_kept();
      create trigger TABLE_statement after delete on TABLE_1 for each statement execute function TABLE_kept();
      create table TABLE_notes (doc text constraint TABLE_one references TABLE_0 on delete cascade);
      create table TABLE_tags (doc text constraint TABLE_fk references TABLE on delete cascade) partition by list (doc);
      create table TABLE_tags_all partition of TABLE_tags default`);
    const names = (await effectsOf(database.db, docs.mapping)).map(({ name }) => name.replace(docs.table, ''));
    expect(names.toSorted()).toEqual(['_all', '_fk', '_one', '_row']);
    const trigger = (await problemsOf(docs)).find((problem) => problem.includes('_all'));
    expect(trigger).toContain(`deleting from public.${docs.table} fires trigger`);
  });

  test.each([
    ['a view', 'create view'],
    ['a materialized view', 'create materialized view'],
  ])('%s is refused as such', async (kind, create) => {
    const docs = await createCollection(database.db, { chunks: null });
    await docs.execute(`${create} TABLE_seen as select * from TABLE`);
    const mapping = { ...docs.mapping, table: { schema: 'public', name: `${docs.table}_seen` } };
    const { problems } = await createRowStore(mapping).inspect(database.db);
    expect(problems).toEqual([`public.${docs.table}_seen is ${kind}: map the table that holds its rows`]);
  });

  test('a reference that holds a row keeps that row alone', async () => {
    const docs = await createCollection(database.db);
    await insertExpired(docs, 'a', ['1', '2']);
    await docs.execute('create table TABLE_notes (doc text references TABLE)');
    await docs.execute("insert into TABLE_notes values ('2')");
    await sweep(database.db, docs, 'a');
    expect(await docs.image()).toEqual([expect.stringMatching(/^\(2,/)]);
    expect(await docs.chunkImage()).toHaveLength(1);
  });
});

describeOnDatabase('native', 'row-level security', (database) => {
  test('is refused for a role that it may hide rows from, until accepted, and no matter to one that it does not', async () => {
    const docs = await createCollection(database.db);
    await insertExpired(docs, 'a', ['1']);
    const role = `worker_${docs.table}_${process.pid}`;
    await docs.execute(`create role ${role} login; grant usage on schema public to ${role};
      grant select, delete on TABLE, CHUNKS to ${role}; alter table TABLE enable row level security;
      create policy hidden on TABLE using (workspace <> 'a')`);
    const url = new URL(database.url);
    url.username = role;
    const limited = openDatabase({ url: url.href });
    try {
      const inspection = await docs.store.inspect(limited);
      expect(inspection.problems).toEqual([expect.stringContaining('row-level security')]);
      await expect(docs.store.open(limited)).rejects.toMatchObject({ name: 'MappingError' });
      expect((await docs.store.inspect(database.db)).problems).toEqual([]);
      expect(await survey(database.db, await docs.store.open(database.db))).toMatchObject([{ due: 1 }]);
    } finally {
      await limited.destroy();
      await docs.execute(`drop policy hidden on TABLE; drop owned by ${role}; drop role ${role}`);
    }
  });

  test('is no matter to the owner of the table, whom it exempts unless forced', async () => {
    const docs = await createCollection(database.db);
    const role = `exempt_${docs.table}_${process.pid}`;
    await docs.execute(`create role ${role} login; grant usage on schema public to ${role};
      alter table TABLE owner to ${role}; alter table TABLE enable row level security`);
    const url = new URL(database.url);
    url.username = role;
    const limited = openDatabase({ url: url.href });
    try {
      expect((await docs.store.inspect(limited)).problems).toEqual([]);
    } finally {
      await limited.destroy();
      await sql.raw(`drop owned by ${role} cascade; drop role ${role}`).execute(database.db);
    }
  });

  test('is found where it is forced on the owner of the table, and on the chunks', async () => {
    const docs = await createCollection(database.db);
    const role = `owner_${docs.table}_${process.pid}`;
    await docs.execute(`create role ${role} login; grant usage on schema public to ${role};
      grant select on TABLE to ${role}; alter table CHUNKS owner to ${role};
      alter table CHUNKS enable row level security; alter table CHUNKS force row level security`);
    const url = new URL(database.url);
    url.username = role;
    const limited = openDatabase({ url: url.href });
    try {
      const { problems } = await docs.store.inspect(limited);
      expect(problems).toEqual([expect.stringContaining(`${docs.chunkTable} has row-level security`)]);
    } finally {
      await limited.destroy();
      await sql.raw(`drop owned by ${role} cascade; drop role ${role}`).execute(database.db);
    }
  });
});

describeOnDatabase('native', 'what leaves the server', (database) => {
  test('a foreign table among the parts is refused, a publication of deletes reported', async () => {
    const docs = await createCollection(database.db, { chunks: null });
    await docs.execute(`drop table TABLE; create table TABLE (id text, workspace text, expires_at timestamptz)
      partition by list (workspace); create table TABLE_here partition of TABLE for values in ('a');
      create unique index on TABLE_here (id);
      create foreign data wrapper TABLE_wrapper; create server TABLE_server foreign data wrapper TABLE_wrapper;
      create foreign table TABLE_there partition of TABLE for values in ('b') server TABLE_server;
      create publication TABLE_sent for table TABLE_here; create publication TABLE_new for table TABLE_here with (publish = 'insert')`);
    const effects = await effectsOf(database.db, docs.mapping);
    expect(effects.map(({ kind, refused, name }) => [kind, refused, name.replace(docs.table, '')])).toEqual([
      ['foreign_table', true, '_there'],
      ['publication', false, '_sent'],
    ]);
    await docs.execute(`drop server TABLE_server cascade; drop foreign data wrapper TABLE_wrapper`);
  });
});
