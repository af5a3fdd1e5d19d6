import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/state/database.ts';
import { createDocumentStore } from '../../src/stores/postgres/document-store.ts';
import { describeOnDatabase, describeOnDatabases } from '../support/stores.ts';
import { type Collection, createCollection, insertExpired, survey, sweep } from './contract/collection.ts';

const plain = { chunks: 'document_id text not null references TABLE on delete cascade, id text, embedding vector(3)' };

describeOnDatabases('what the ledger would not see', (database) => {
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
      expect(problems).toEqual([expect.stringContaining(named(docs, says))]);
      expect(problems[0]).toContain(`collections.${docs.name}.accept: [${named(docs, effect)}]`);
      await expect(docs.store.open(database.db)).rejects.toMatchObject({ name: 'MappingError', problems });
      expect(await docs.image()).toHaveLength(1);
    });

    test('is accepted by its name, and by no other', async () => {
      const docs = await collectionWith([statement]);
      const accepting = (accept: readonly string[]) => ({ ...docs.mapping, accept });
      const inspect = (accept: readonly string[]) => createDocumentStore(accepting(accept)).inspect(database.db);
      expect((await inspect([named(docs, effect)])).problems).toEqual([]);
      expect((await inspect(['another_name'])).problems).toHaveLength(1);
    });
  });

  test('what does no harm is not refused: the chunks’ own cascade, references that hold, other triggers', async () => {
    const docs = await collectionWith([
      'create table TABLE_notes (doc text references TABLE)',
      `create function TABLE_kept() returns trigger language plpgsql as $$ begin return new; end $$;
       create trigger TABLE_watch before insert or update on TABLE for each row execute function TABLE_kept()`,
      `create trigger TABLE_off before delete on TABLE for each row execute function TABLE_kept();
       alter table TABLE disable trigger TABLE_off`,
    ]);
    expect(await problemsOf(docs)).toEqual([]);
  });

  test('a reference that holds a row makes the batch fail, and nothing of it is removed', async () => {
    const docs = await createCollection(database.db);
    await insertExpired(docs, 'a', ['1', '2']);
    await docs.execute('create table TABLE_notes (doc text references TABLE)');
    await docs.execute("insert into TABLE_notes values ('2')");
    await expect(sweep(database.db, docs, 'a')).rejects.toMatchObject({ code: '23503' });
    expect([(await docs.image()).length, (await docs.chunkImage()).length]).toEqual([2, 2]);
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
