import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import type { CollectionSettings } from '../../src/config/collection-schema.ts';
import { toMapping } from '../../src/config/mapping.ts';
import type { CollectionMapping } from '../../src/domain/mapping.ts';
import { createRowStore } from '../../src/stores/postgres/row-store.ts';
import { describeOnDatabases } from '../support/stores.ts';
import { createCollection } from './contract/collection.ts';

describeOnDatabases('a mapping against the live schema', (database) => {
  const problemsWith = async (columns: string, settings: Omit<CollectionSettings, 'table'> = {}) => {
    const docs = await createCollection(database.db, { columns, chunks: null, settings });
    const { problems } = await docs.store.inspect(database.db);
    if (problems.length > 0) {
      await expect(docs.store.open(database.db)).rejects.toMatchObject({ name: 'MappingError', problems });
    }
    return problems.map((problem) => problem.replaceAll(docs.table, 'docs').replaceAll(docs.name, 'docs'));
  };
  const plain = 'id text primary key, workspace text, expires_at timestamptz';

  test('that fits has no problems', async () => {
    expect(await problemsWith(plain)).toEqual([]);
    expect(await problemsWith(`${plain.replace('timestamptz', 'timestamptz(3)')}, more int`)).toEqual([]);
  });

  test('of a missing table names it, and points to the mapping or a migration', async () => {
    const inspect = (settings: CollectionSettings) =>
      createRowStore(toMapping('documents', settings)).inspect(database.db);
    expect((await inspect({ table: 'nowhere' })).problems).toEqual([
      'table public.nowhere does not exist, or this role cannot see it: check the mapping',
    ]);
    expect((await inspect({})).problems).toEqual([
      'table knowledge.documents does not exist, or this role cannot see it: run `coppice migrate`',
      'table knowledge.chunks does not exist, or this role cannot see it: run `coppice migrate`',
    ]);
  });

  test('names every column that is missing', async () => {
    expect(
      await problemsWith('key text primary key', { filter: { 'meta.kind': 'x' }, vectors: { in: 'row', column: 'v' } }),
    ).toEqual(
      ['id', 'workspace', 'expires_at', 'meta', 'v'].map((name) => `column public.docs.${name} does not exist`),
    );
  });

  test.each([
    ['no index', 'id text, workspace text, expires_at timestamptz'],
    ['an index over more than it', 'id text, workspace text, expires_at timestamptz, unique (id, workspace)'],
  ])('of an id with %s is refused: an id must name one row', async (_name, columns) => {
    expect(await problemsWith(columns)).toEqual([expect.stringContaining('public.docs.id has no unique index')]);
  });

  describe('a time of another type than its column, which the session’s zone would shift', () => {
    test.each([
      ['date', undefined, 'date'],
      ['timestamp', undefined, 'naive'],
      ['timestamp(3)', undefined, 'naive'],
      ['text', undefined, 'iso_text'],
      ['timestamptz', 'naive', 'timestamptz'],
      ['date', 'naive', 'date'],
    ] as const)('%s mapped as %s is refused, with what to set', async (columnType, type, right) => {
      const columns = plain.replace('timestamptz', columnType);
      const settings = type === undefined ? {} : { expires_at: { column: 'expires_at', type } };
      const problems = await problemsWith(columns, settings);
      expect(problems).toEqual([
        expect.stringContaining(`set collections.docs.expires_at: {column: expires_at, type: ${right}}`),
      ]);
      expect(await problemsWith(columns, { expires_at: { column: 'expires_at', type: right } })).toEqual([]);
    });
  });

  test('changes its fingerprint with the mapping and with the columns, and not with the rows', async () => {
    const docs = await createCollection(database.db);
    const fingerprint = async (store = docs.store) => (await store.inspect(database.db)).fingerprint;
    const first = await fingerprint();
    await docs.insert({ id: '1', workspace: 'a' });
    expect(await fingerprint()).toBe(first);
    expect(await fingerprint(createRowStore({ ...docs.mapping, maxAgeDays: 3 }))).not.toBe(first);
    await docs.execute('alter table CHUNKS add column more int');
    expect(await fingerprint()).not.toBe(first);
  });

  test('keeps its fingerprint from release to release, with those of earlier releases', async () => {
    const mapping: CollectionMapping = {
      ...{ name: 'golden', mapped: true, table: { schema: 'golden', name: 'docs' }, id: 'id', document: null },
      partition: { column: 'team', keys: [] },
      ...{ expiresAt: null, fetchedAt: null, url: null, title: null, content: null, contentHash: null, quality: null },
      ...{ filter: [], vectors: { in: 'none' }, maxAgeDays: null, accept: [] },
    };
    await sql`create schema golden`.execute(database.db);
    await sql`create table golden.docs (id text primary key, team text)`.execute(database.db);
    const seen = await createRowStore(mapping).inspect(database.db);
    expect([seen.fingerprint, seen.formerFingerprints]).toEqual(['6119547149d2f1c0', ['731710e39af8ee3b']]);
    const several = await createRowStore({ ...mapping, document: mapping.partition }).inspect(database.db);
    expect(several.formerFingerprints).toEqual([]);
  });
});
