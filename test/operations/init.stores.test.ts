import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/load.ts';
import { type InitJson, init } from '../../src/operations/setup/init.ts';
import { runCli } from '../support/run-cli.ts';
import { describeOnDatabase } from '../support/stores.ts';
import { createKnownTables, createOtherTables } from './known-tables.ts';

let folder: string;
let output: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'coppice-init-'));
  output = join(folder, 'coppice.yaml');
  return () => rmSync(folder, { recursive: true });
});

const written = () => readFileSync(output, 'utf8');
const configOf = () => loadConfig({ COPPICE_CONFIG: output, DATABASE_URL: 'postgres://localhost/any' });
const environment = (more: object) => ({ ...process.env, NO_COLOR: '1', DATABASE_URL: '', ...more });

for (const kind of ['native', 'embedded'] as const) {
  describeOnDatabase(
    kind,
    'init on a database with all known shapes',
    (database) => {
      beforeAll(() => createKnownTables(database.db));

      const run = () => init({ databaseUrl: database.url, output, force: false });

      it('recognises each, and names each collection', async () => {
        const found = await run();
        expect(found.collections.map(({ name, shape, table }) => [name, shape, table])).toEqual([
          ['agents', 'mem0', 'crm.agents'],
          ['documents', 'coppice', 'knowledge.documents'],
          ['broken', 'llamaindex', 'public.data_broken'],
          ['manuals', 'llamaindex', 'public.data_manuals'],
          ['langchain', 'langchain', 'public.langchain_pg_embedding'],
          ['memories', 'mem0', 'public.mem0'],
        ]);
        expect(found.left_alone.map((one) => one.table)).toEqual([
          'knowledge.chunks',
          'public.DocumentChunk_text',
          'public.Entity_name',
          'public.langchain_pg_collection',
          'public.mem0_entities',
          'public.mem0migrations',
        ]);
      });

      it('writes a file that is valid as it is, and follows the keys that it saw', async () => {
        await run();
        const { collections } = parse(written());
        expect(collections.documents).toEqual({});
        expect(collections.agents.workspace).toEqual({ path: 'payload.agent_id' });
        expect(collections.memories).toEqual({
          preset: 'mem0',
          table: 'public.mem0',
          workspace: { path: 'payload.user_id' },
          expires_at: { path: 'payload.expiration_date', type: 'date' },
        });
        expect(collections.langchain).toEqual({
          preset: 'langchain',
          table: 'public.langchain_pg_embedding',
          workspace: {
            column: 'collection_id',
            through: { table: 'public.langchain_pg_collection', key: 'uuid', value: 'name' },
          },
          document: { path: 'cmetadata.file_path' },
          expires_at: { path: 'cmetadata.valid_until', type: 'date' },
          fetched_at: { path: 'cmetadata.ingestedAt', type: 'iso_text' },
        });
        expect(collections.manuals).toEqual({
          preset: 'llamaindex',
          table: 'public.data_manuals',
          workspace: { path: 'metadata_.tenant' },
          document: { path: 'metadata_.ref_doc_id' },
          expires_at: { path: 'metadata_.expires_at', type: 'iso_text' },
        });
        expect(configOf().collections).toHaveLength(6);
      });

      it('metadata that cannot be read are left to the preset', async () => {
        await run();
        expect(parse(written()).collections.broken).toMatchObject({
          workspace: { path: 'metadata_._node_type' },
          expires_at: { path: 'metadata_.expires_at' },
        });
      });

      it('lists gaps, and writes no value', async () => {
        await run();
        expect(written()).toContain('90 % of 10 sampled rows have it');
        expect(written()).not.toMatch(/secret|u1|bot/);
      });

      it('changes nothing', async () => {
        const schemas = sql`select nspname from pg_namespace order by 1`;
        const before = (await schemas.execute(database.db)).rows;
        await run();
        expect((await schemas.execute(database.db)).rows).toEqual(before);
      });
    },
    { migrated: false },
  );
}

describeOnDatabase(
  'native',
  'init on tables nobody knows',
  (database) => {
    beforeAll(() => createOtherTables(database.db));

    it('nothing recognised: a template with candidate columns, and exit code 0', async () => {
      const env = environment({ DATABASE_URL: database.url });
      const result = await runCli(['init', '--output', output], env);
      expect(result).toMatchObject({ code: 0, stderr: '' });
      expect(result.stdout).toContain('No table of a known kind was found');
      expect(result.stdout).toContain('2 other tables');
      expect(parse(written())).toBeNull();
      expect(configOf().collections.map((one) => one.name)).toEqual(['documents']);
    });

    it('candidates become a mapping once the # is removed', async () => {
      const found = await init({ databaseUrl: database.url, output, force: false });
      expect(found.candidates.map((one) => [one.name, one.expires_at])).toEqual([
        ['robert____drop_table_students', 'expires_at'],
        ['articles', 'valid_until'],
        ['items', 'langchain_metadata.expires_at'],
        ['notes', 'expires'],
        ['odd', 'expires "at"'],
      ]);
      const all = written().split('\n');
      const uncommented = all
        .slice(all.indexOf('# collections:'), all.indexOf('# Not mappable as they are:'))
        .filter((line) => !line.includes('# Perhaps: '))
        .map((line) => line.replace('# ', ''));
      writeFileSync(output, uncommented.join('\n'));
      expect(parse(written()).collections).toEqual({
        articles: {
          table: 'public.articles',
          id: 'article_id',
          workspace: 'tenant_id',
          expires_at: { column: 'valid_until', type: 'naive' },
          vectors: { in: 'row', column: 'embedding' },
        },
        items: {
          table: 'public.items',
          id: 'langchain_id',
          workspace: { path: 'langchain_metadata.tenant' },
          expires_at: { path: 'langchain_metadata.expires_at', type: 'date' },
          vectors: { in: 'row', column: 'embedding' },
        },
        notes: {
          table: 'public.notes',
          id: 'id',
          workspace: 'CHANGE_ME',
          expires_at: { column: 'expires', type: 'date' },
        },
        odd: { table: 'public.odd', id: 'id', workspace: 'CHANGE_ME', expires_at: 'expires "at"' },
        robert____drop_table_students: {
          table: "public.Robert'); drop table students",
          id: 'id',
          workspace: 'CHANGE_ME',
          expires_at: 'expires_at',
        },
      });
      expect(configOf().collections).toHaveLength(5);
    });

    it('names that a mapping cannot express are listed, and break out of no comment', async () => {
      const found = await init({ databaseUrl: database.url, output, force: false });
      expect(found.not_mappable.map((one) => one.table).toSorted()).toEqual([
        '"public"."my.memories"',
        '"public"."new\\njobs:\\n  ttl-cleanup: {enabled: true}"',
        'public.counters',
        'public.sessions',
      ]);
      expect(
        written()
          .split('\n')
          .every((line) => line === '' || line.trimStart().startsWith('#')),
      ).toBe(true);
    });
  },
  { migrated: false },
);

describeOnDatabase(
  'native',
  "init on LangGraph's tables",
  (database) => {
    it('proposes the presets, with children only where there are tables of them', async () => {
      const tables = (schema: string, vectors: string) => `
        create table ${schema}.store (prefix text, key text, value jsonb, created_at timestamptz, updated_at timestamptz,
          expires_at timestamptz, ttl_minutes int, primary key (prefix, key));
        ${vectors}
        create table ${schema}.checkpoints (thread_id text, checkpoint_ns text, checkpoint_id text, checkpoint jsonb,
          metadata jsonb, primary key (thread_id, checkpoint_ns, checkpoint_id));
        create table ${schema}.checkpoint_blobs (thread_id text, checkpoint_ns text, channel text, version text);`;
      const vectors = 'create table store_vectors (prefix text, key text, field_name text);';
      await sql.raw(`create schema bare; ${tables('public', vectors)} ${tables('bare', '')}`).execute(database.db);
      const found = await init({ databaseUrl: database.url, output, force: false });
      expect(found.collections.map(({ name, shape, table }) => [name, shape, table])).toEqual([
        ['threads', 'langgraph_checkpoints', 'bare.checkpoints'],
        ['items', 'langgraph_store', 'bare.store'],
        ['public_threads', 'langgraph_checkpoints', 'public.checkpoints'],
        ['public_items', 'langgraph_store', 'public.store'],
      ]);
      expect([found.candidates, found.not_mappable]).toEqual([[], []]);
      const config = configOf().collections;
      expect(config.map(({ children = [] }) => children.map(({ table }) => `${table.schema}.${table.name}`))).toEqual([
        ['bare.checkpoint_writes', 'bare.checkpoint_blobs'],
        [],
        ['public.checkpoint_writes', 'public.checkpoint_blobs'],
        ['public.store_vectors'],
      ]);
    });
  },
  { migrated: false },
);

describeOnDatabase(
  'native',
  'init on dates that are numbers, in any JSON column',
  (database) => {
    it('names seconds and milliseconds, and looks at every JSON column', async () => {
      await sql
        .raw(`
        create table sessions (id bigserial primary key, user_id text, expires_at bigint);
        insert into sessions (user_id, expires_at) select 'u', 1767225600 + n * 3600 from generate_series(1, 10) n;
        create table tokens (id bigserial primary key, user_id text, "expiresAt" double precision);
        insert into tokens (user_id, "expiresAt") select 'u', 1767225600000.5 + n from generate_series(1, 10) n;
        create table chunks (id bigserial primary key, content text, metadata jsonb);
        insert into chunks (content, metadata) select 'c', jsonb_build_object('user_id', 'u', 'expires_at', 1767225600 + n)
          from generate_series(1, 10) n;
        create table haystack_documents (id text primary key, content text, blob_meta jsonb, meta jsonb);
        insert into haystack_documents select 'd' || n, 'text', '{}',
          '{"tenant": "t", "expires_at": "2024-01-01T00:00:00Z"}' from generate_series(1, 5) n;
        create table item_versions (prefix text, key text, owner text, expires_at timestamptz, primary key (prefix, key));
        create table leases (id int primary key, owner text, valid_until varchar(40));
        insert into leases select n, 'o', 1767225600000 + n from generate_series(1, 5) n;
        create table counters (id int primary key, expires_at int);
        insert into counters select n, n from generate_series(1, 5) n`)
        .execute(database.db);
      const found = await init({ databaseUrl: database.url, output, force: false });
      expect(found.candidates.map((one) => [one.name, one.expires_at])).toEqual([
        ['chunks', 'metadata.expires_at'],
        ['haystack_documents', 'meta.expires_at'],
        ['item_versions', 'expires_at'],
        ['leases', 'valid_until'],
        ['sessions', 'expires_at'],
        ['tokens', 'expiresAt'],
      ]);
      expect(found.not_mappable.map((one) => one.table)).toEqual(['public.counters']);
      for (const line of [
        '    expires_at: { path: metadata.expires_at, type: epoch_s }',
        '    workspace: { path: metadata.user_id }',
        '    expires_at: { path: meta.expires_at, type: iso_text }',
        '    workspace: { path: meta.tenant }',
        '    id: [ prefix, key ]',
        '    expires_at: { column: expires_at, type: epoch_s }',
        '    expires_at: { column: expiresAt, type: epoch_ms }',
        '    expires_at: { column: valid_until, type: epoch_ms }',
      ]) {
        expect(
          written()
            .split('\n')
            .map((one) => one.replace('# ', '')),
        ).toContain(line);
      }
    });

    it('proposes a filter on rows that are marked as deleted, with their share of the table', async () => {
      await sql`create table marked (id int primary key, owner text, is_deleted boolean, expires_at timestamptz)`.execute(
        database.db,
      );
      await init({ databaseUrl: database.url, output, force: false });
      expect(written()).toContain('  #   # filter: { is_deleted: "true" }\n  #   # share_of: table');
    });
  },
  { migrated: false },
);

describeOnDatabase('native', 'init and what is already there', (database) => {
  it("Coppice's own tables are no tables of the application", async () => {
    const found = await init({ databaseUrl: database.url, output, force: false });
    expect(found).toMatchObject({ collections: [], candidates: [], other_tables: 0 });
  });

  it('a file is only written over with --force', async () => {
    writeFileSync(output, 'kept');
    const env = environment({ DATABASE_URL: database.url });
    const refused = await runCli(['init', '--output', output, '--json'], env);
    expect(refused).toMatchObject({ code: 2, json: { error: { name: 'FileExistsError' } } });
    expect(written()).toBe('kept');
    const forced = await runCli(['init', '--output', output, '--force', '--json'], env);
    expect(forced.code).toBe(0);
    expect(forced.json.output).toBe(output);
    expect(written()).toContain('coppice doctor');
  });

  it('a role without SELECT is refused by table and reads no row of it; SELECT on the columns is enough', async () => {
    await sql`create table public.mem0 (id uuid primary key, vector vector(3), payload jsonb)`.execute(database.db);
    await sql`create role ${sql.id(role)} login`.execute(database.db);
    const address = new URL(database.url);
    address.username = role;
    const found: InitJson = await init({ databaseUrl: address.href, output, force: false });
    expect(found.collections).toMatchObject([{ name: 'memories', readable: false }]);
    expect(written()).toContain('This role may not read its rows');
    await sql`grant select (id, payload) on public.mem0 to ${sql.id(role)}`.execute(database.db);
    await sql`insert into public.mem0 values (gen_random_uuid(), null, '{"run_id": "r"}')`.execute(database.db);
    await init({ databaseUrl: address.href, output, force: true });
    expect(parse(written()).collections.memories.workspace).toEqual({ path: 'payload.run_id' });
  });
  const role = `coppice_reader_${process.pid}`;
  afterAll(async () => {
    await sql`drop owned by ${sql.id(role)}`.execute(database.db);
    await sql`drop role ${sql.id(role)}`.execute(database.db);
  });
});

describe('init without a database', () => {
  it.each([
    ['no address', '', 'NoDatabaseError'],
    ["SQLAlchemy's way of writing it", 'postgresql+psycopg://app:hunter2@127.0.0.1/app', 'DatabaseAddressError'],
    ['another kind of database', 'mysql://app:hunter2@127.0.0.1/app', 'DatabaseAddressError'],
    ['a password that is not encoded', 'postgres://app:hunter2#@127.0.0.1:x/app', 'DatabaseAddressError'],
  ])('%s is wrong usage, and the password is not repeated', async (_name, DATABASE_URL, error) => {
    const env = environment({ DATABASE_URL, COPPICE_DATA_DIR: folder });
    const result = await runCli(['init', '--output', output, '--json'], env);
    expect(result).toMatchObject({ code: 2, json: { error: { name: error } } });
    expect(result.stdout).not.toContain('hunter2');
  });

  it('no server: the error names the address, without the password', async () => {
    const DATABASE_URL = 'postgres://app:hunter2@127.0.0.1:1/app?sslpassword=hunter2';
    const result = await runCli(['init', '--output', output, '--json'], environment({ DATABASE_URL }));
    expect(result).toMatchObject({ code: 1, json: { error: { name: 'DatabaseUnreadableError' } } });
    expect(result.json.error.message).toContain(
      'postgres://app:...@127.0.0.1:1/app?sslpassword=...: PostgreSQL at 127.0.0.1:1',
    );
    expect(result.stdout).not.toContain('hunter2');
  });
});
