import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { assemble, type Parts } from '../../src/assemble.ts';
import { describeDoctor } from '../../src/cli/describe-doctor.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { CollectionMapping } from '../../src/domain/mapping.ts';
import { doctor } from '../../src/operations/setup/doctor.ts';
import { createRowStore } from '../../src/stores/postgres/row-store.ts';
import { createCollection } from '../stores/contract/collection.ts';
import { describeOnDatabase, describeOnDatabases, type SuiteDatabase } from '../support/stores.ts';

const plain = 'id text primary key, workspace text, body text, expires_at timestamptz';
const loose = 'document_id text references TABLE, id text, text text, embedding vector(3)';

/** The report on one collection, whose mapping a test has made. */
async function examine(database: SuiteDatabase, mapping: CollectionMapping) {
  const parts: Parts = await assemble(
    { ...loadConfig({ DATABASE_URL: database.url }), graphs: [] },
    database.url,
    'test',
  );
  try {
    const own = { store: createRowStore(mapping), vectors: null };
    const one = { ...parts, config: { ...parts.config, collections: [mapping] }, collections: [own] };
    const client = () => Promise.reject(new Error('no Temporal here'));
    const context = { parts: one, namespace: 'default', requestedBy: 'test', client };
    const report = await doctor(context, { drift: false, as: null });
    const [collection] = report.collections;
    if (collection === undefined) throw new Error('no collection in the report');
    return { report, collection, page: stripVTControlCharacters(describeDoctor(report).join('\n')) };
  } finally {
    await parts.close();
  }
}

describeOnDatabases('doctor', (database) => {
  test('reports each field by type and count, and shows no content', async () => {
    const docs = await createCollection(database.db, {
      columns: 'id uuid primary key default gen_random_uuid(), payload jsonb, vector vector(3)',
      chunks: null,
      settings: {
        workspace: { path: 'payload.user_id' },
        expires_at: { path: 'payload.expires', type: 'date' },
        content: { path: 'payload.data' },
        filter: { 'payload.kind': 'fact' },
        vectors: { in: 'row', column: 'vector' },
      },
    });
    await docs.insert(
      { payload: { user_id: 'private', kind: 'fact', expires: '2026-01-01', data: 'private' } },
      { payload: { user_id: 7, kind: 'fact', expires: 'private', data: 'private' } },
      { payload: { kind: 'other' } },
    );
    await docs.execute('analyze TABLE');
    const { report, collection, page } = await examine(database, docs.mapping);
    expect(collection).toMatchObject({ rows_estimated: 3, problems: [], advice: [], vectors: 'column vector' });
    const sampleOf = (field: string) => collection.fields.find((one) => one.field === field);
    expect(sampleOf('id')).toEqual({ field: 'id', reads: 'id', type: 'uuid', sample: null });
    expect(sampleOf('workspace')).toMatchObject({
      reads: 'payload.user_id',
      type: 'jsonb',
      sample: { rows: 3, present: 2, json_types: { number: 1, string: 1 }, unreadable: null },
    });
    expect(sampleOf('expires_at')?.sample).toMatchObject({ present: 2, unreadable: 1 });
    expect(sampleOf('filter')?.sample).toMatchObject({ present: 3 });
    expect(sampleOf('content')).toMatchObject({ reads: 'payload.data', sample: null });
    expect(sampleOf('vectors')).toMatchObject({ reads: 'vector', type: 'vector(3)' });
    expect(page).toMatch(/expires_at +payload\.expires +jsonb +2 of 3 have it; as 2 string; 1 cannot be read/);
    expect(`${JSON.stringify(report)}${page}`).not.toContain('private');
  });

  test('names the indexes that would help, once each and only where they are missing', async () => {
    const docs = await createCollection(database.db, { columns: plain, chunks: loose });
    await docs.execute('create table TABLE_notes (no int, doc text references TABLE)');
    const before = await examine(database, docs.mapping);
    const statements = before.collection.advice.map(({ sql }) => sql);
    expect(statements).toEqual([
      `CREATE INDEX CONCURRENTLY ON "public"."${docs.chunkTable}" ("document_id");`,
      `CREATE INDEX CONCURRENTLY ON "public"."${docs.table}_notes" ("doc");`,
    ]);
    for (const statement of statements) expect(before.page).toContain(statement);
    expect(before.report.ok).toBe(true);
    expect(before.collection.fields).toContainEqual({
      field: 'vectors.vector',
      reads: `${docs.chunkTable}.embedding`,
      type: 'vector(3)',
      sample: null,
    });
    for (const statement of statements) await docs.execute(statement);
    expect((await examine(database, docs.mapping)).collection.advice).toEqual([]);
  });

  test('of documents of several rows, the index by which their rows are found', async () => {
    const key = 'it\'s "so"';
    const docs = await createCollection(database.db, {
      columns: 'id uuid primary key default gen_random_uuid(), workspace text, meta jsonb, expires_at timestamptz',
      chunks: null,
      settings: { document: { path: `meta.${key}` } },
    });
    const { advice } = (await examine(database, docs.mapping)).collection;
    expect(advice.map(({ sql }) => sql)).toEqual([expect.stringContaining('coalesce("meta" #>> ')]);
    await docs.execute(`create index on TABLE (workspace); create index on TABLE ((meta #>> '{other}'))`);
    expect((await examine(database, docs.mapping)).collection.advice).toEqual(advice);
    for (const { sql } of advice) await docs.execute(sql);
    expect((await examine(database, docs.mapping)).collection.advice).toEqual([]);
  });

  test('the same for an id of several columns', async () => {
    const docs = await createCollection(database.db, {
      columns: 'a text, no int, doc text, workspace text, expires_at timestamptz, primary key (no, a)',
      chunks: null,
      settings: { id: ['a', 'no'], document: 'doc' },
    });
    const { advice, fields } = (await examine(database, docs.mapping)).collection;
    expect(fields).toContainEqual({ field: 'id', reads: 'a, no', type: 'text, integer', sample: null });
    expect(advice).toHaveLength(1);
    for (const { sql } of advice) await docs.execute(sql);
    expect((await examine(database, docs.mapping)).collection.advice).toEqual([]);
  });

  test('none where the document is named by the first column of the key', async () => {
    const docs = await createCollection(database.db, {
      columns: 'doc text, no int, workspace text, expires_at timestamptz, primary key (doc, no)',
      chunks: null,
      settings: { id: ['doc', 'no'], document: 'doc' },
    });
    expect((await examine(database, docs.mapping)).collection.advice).toEqual([]);
  });

  test('a time of which nothing can be read is a problem, and empty texts are no dates', async () => {
    const docs = await createCollection(database.db, {
      columns: 'id text primary key, workspace text, payload jsonb',
      chunks: null,
      settings: { expires_at: { path: 'payload.expires', type: 'iso_text' } },
    });
    await docs.insert({ id: '1', workspace: 'a', payload: { expires: '' } });
    expect((await examine(database, docs.mapping)).collection.problems).toEqual([]);
    await docs.insert({ id: '2', workspace: 'a', payload: { expires: 1_704_067_200 } });
    const { report, collection } = await examine(database, docs.mapping);
    expect(report.ok).toBe(false);
    expect(collection.problems).toEqual([expect.stringContaining('none of 1 sampled values of payload.expires')]);
    await docs.insert({ id: '3', workspace: 'a', payload: { expires: '2030-01-01' } });
    expect((await examine(database, docs.mapping)).collection.problems).toEqual([]);
  });

  test.each(['bigint', 'numeric(20,3)'])('a column of type %s that is mapped as text is a problem', async (type) => {
    const docs = await createCollection(database.db, {
      columns: `id text primary key, workspace text, expires ${type}`,
      chunks: null,
      settings: { expires_at: { column: 'expires', type: 'iso_text' } },
    });
    const { collection } = await examine(database, docs.mapping);
    expect(collection.problems).toEqual([expect.stringContaining('type: epoch_s or epoch_ms}')]);
  });

  test('an index that does not serve counts as none', async () => {
    const docs = await createCollection(database.db, { columns: plain, chunks: loose });
    await docs.execute(`create index on CHUNKS (id, document_id);
      create index on CHUNKS (document_id) where text is not null; create index on CHUNKS (lower(document_id))`);
    expect((await examine(database, docs.mapping)).collection.advice).toHaveLength(1);
  });

  test('shows what is accepted, what is accepted in vain, and what is good to know', async () => {
    const docs = await createCollection(database.db, { chunks: null });
    await docs.execute(`create table TABLE_notes (doc text constraint TABLE_fk references TABLE on delete cascade);
      create index on TABLE_notes (doc)`);
    await docs.execute(`create function TABLE_kept() returns trigger language plpgsql as $$ begin return new; end $$;
      create trigger TABLE_stamp before insert on TABLE for each row execute function TABLE_kept()`);
    const accept = [`${docs.table}_fk`, 'gone_long_ago'];
    const { collection, page } = await examine(database, { ...docs.mapping, accept });
    expect(collection.accepted).toEqual([expect.stringContaining(`(foreign key ${docs.table}_fk)`)]);
    expect(collection.accepted_in_vain).toEqual(['gone_long_ago']);
    expect(collection.remarks).toEqual([expect.stringContaining(`fires trigger ${docs.table}_stamp`)]);
    expect(page).toContain('gone_long_ago, which nothing is called');
  });

  test('notes circles of foreign keys through other tables, of which no run removes rows', async () => {
    const users = await createCollection(database.db, {
      columns: 'id text primary key, workspace text, expires_at timestamptz, friend text references TABLE, latest text',
      chunks: null,
    });
    await users.execute(`create table TABLE_posts (id text primary key, writer text references TABLE, answer_to text
      references TABLE_posts); create table TABLE_likes (liker text references TABLE, post text references TABLE_posts)`);
    expect((await examine(database, users.mapping)).collection.remarks).toEqual([]);
    await users.execute('alter table TABLE add foreign key (latest) references TABLE_posts');
    const { collection } = await examine(database, users.mapping);
    expect(collection.remarks).toEqual([
      expect.stringMatching(/_posts reference each other: rows that do so in a circle are spared by every run/),
    ]);
    expect(collection.problems).toEqual([]);
  });

  test('names the index by which links of a user are looked up, where links are mapped', async () => {
    const memories = await createCollection(database.db, {
      columns: 'id text primary key, owner text, links jsonb',
      chunks: null,
      settings: { kind: 'memories', user: 'owner', links: 'links' },
    });
    const advice = async () => (await examine(database, memories.mapping)).collection.advice;
    expect(await advice()).toMatchObject([
      { sql: `CREATE INDEX CONCURRENTLY ON "public"."${memories.table}" ("owner");` },
    ]);
    await memories.execute('create index on TABLE (owner)');
    expect(await advice()).toEqual([]);
  });

  test('states what a job that writes scores costs the table', async () => {
    const memories = await createCollection(database.db, {
      columns: 'id text primary key, owner text, score float8, used timestamptz, embedding vector(3)',
      chunks: null,
      settings: { kind: 'memories', user: 'owner', score: 'score', last_accessed_at: 'used' },
    });
    const remarks = async () => (await examine(database, memories.mapping)).collection.remarks;
    expect(await remarks()).toEqual([
      `memory-decay: an update of public.${memories.table}.score is HOT: no index contains it`,
    ]);
    await memories.execute(`create index TABLE_score on TABLE (score);
      create index TABLE_vectors on TABLE using hnsw (embedding vector_l2_ops)`);
    expect(await remarks()).toEqual([
      expect.stringContaining(`is not HOT, because it is in index ${memories.table}_score`),
    ]);
    expect(await remarks()).toEqual([expect.stringContaining(`accept: [${memories.table}_vectors]`)]);
    const accept = [`${memories.table}_vectors`];
    const { collection } = await examine(database, { ...memories.mapping, accept });
    expect(collection).toMatchObject({ accepted_in_vain: [], remarks: [expect.not.stringContaining('refused')] });
  });

  test('a mapping that does not fit is a problem, and its fields are not looked at', async () => {
    const docs = await createCollection(database.db, { chunks: null });
    const { report, collection, page } = await examine(database, {
      ...docs.mapping,
      partition: { column: 'nowhere', keys: [] },
    });
    expect(report.ok).toBe(false);
    expect(collection.fields).toEqual([]);
    expect(page).toMatch(/problem +column public\.\w+\.nowhere does not exist/);
  });
});

describeOnDatabase('native', 'doctor, before a run fails', (database) => {
  test('finds a published table without replica identity, whose deletes PostgreSQL refuses', async () => {
    const docs = await createCollection(database.db, {
      columns: plain.replace('primary key', 'not null unique'),
      chunks: null,
    });
    await docs.execute('create publication TABLE_sent for table TABLE');
    const { collection } = await examine(database, docs.mapping);
    expect(collection.problems).toEqual([expect.stringContaining('has no replica identity')]);
    await docs.execute('alter table TABLE replica identity full');
    expect((await examine(database, docs.mapping)).collection.problems).toEqual([]);
  });
});

describeOnDatabase(
  'embedded',
  'doctor, before anything is installed',
  (database) => {
    test('is content: looking comes first', async () => {
      const docs = await createCollection(database.db, { chunks: null });
      const { report } = await examine(database, docs.mapping);
      expect(report).toMatchObject({ ok: true, schedules: null, role: { missing: [] } });
      expect(report.checks.map(({ name }) => name)).toEqual(['database', 'coppice tables', 'privileges', 'embeddings']);
      expect(report.checks[1]?.message).toMatch(/^none yet/);
      await docs.execute('create schema coppice');
      expect((await examine(database, docs.mapping)).report.ok).toBe(false);
    });
  },
  { migrated: false },
);
