import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/database/database.ts';
import { instantOf } from '../../src/operations/setup/check/instant-of.ts';
import { check } from '../../src/operations/setup/check.ts';
import { createDatabase } from '../../tools/servers/database.ts';
import { describeWithServers } from '../support/requires.ts';
import { runCli } from '../support/run-cli.ts';
import { describeOn } from '../support/stores.ts';
import { clientOf } from '../support/weaviate-objects.ts';

const dayMs = 86_400_000;
const ago = (days: number) => new Date(Date.now() - days * dayMs).toISOString();

describeOn('weaviate', 'check of Weaviate', (server) => {
  const suffix = randomBytes(4).toString('hex');
  const [dated, tenants, plain] = [`Dated_${suffix}`, `Tenants_${suffix}`, `Plain_${suffix}`];
  const { call } = clientOf(server);
  const run = (maxSeconds = 60) => check({ databaseUrl: server.url, maxSeconds });
  const own = async () => {
    const { collections, not_measured: missing } = await run();
    expect(missing.filter(({ collection }) => collection.endsWith(suffix))).toEqual([]);
    return new Map(collections.filter(({ name }) => name.endsWith(suffix)).map((one) => [one.name, one]));
  };

  /** Whole objects, with vectors and the time of their last change. */
  const contents = async () => {
    const lists = [`class=${dated}`, `class=${plain}`, `class=${tenants}&tenant=a`, `class=${tenants}&tenant=b`];
    return Promise.all([
      call('GET', '/schema'),
      ...lists.map((list) => call('GET', `/objects?${list}&limit=100&include=vector`)),
    ]);
  };
  const ownSchema = ([schema, ...objects]: unknown[]) => {
    const { classes } = schema as { classes: { class: string }[] };
    // The server lists classes in no order.
    const sorted = classes.toSorted((a, b) => a.class.localeCompare(b.class));
    return [sorted.filter((one) => one.class.endsWith(suffix)), ...objects];
  };

  beforeAll(async () => {
    const text = (name: string) => ({ name, dataType: ['text'] });
    const properties = [text('text'), text('user_id')];
    await call('POST', '/schema', {
      ...{ class: dated, vectorizer: 'none' },
      properties: [...properties, { name: 'expires_at', dataType: ['date'] }],
    });
    await call('POST', '/schema', {
      class: plain,
      vectorizer: 'none',
      properties: [text('title'), text('valid_until')],
    });
    const multiTenancyConfig = { enabled: true };
    await call('POST', '/schema', { class: tenants, vectorizer: 'none', properties, multiTenancyConfig });
    await call('POST', `/schema/${tenants}/tenants`, [{ name: 'a' }, { name: 'b' }]);
    const put = (name: string, own: object, vector: number[] | null, tenant?: string) =>
      call('POST', '/objects', { class: name, properties: own, ...(vector && { vector }), ...(tenant && { tenant }) });
    await put(dated, { text: 'same', user_id: 'ann', expires_at: ago(100) }, [1, 2]);
    await put(dated, { text: 'same', user_id: 'ann', expires_at: ago(2) }, [1, 2]);
    await put(dated, { text: 'same', user_id: 'bob', expires_at: ago(-2) }, null);
    await put(dated, { text: 'other', expires_at: ago(-5) }, [3, 4]);
    await put(plain, { title: 'a', valid_until: '2024-01-01' }, [1]);
    await put(plain, { title: 'a', valid_until: 'some day' }, [1]);
    await put(plain, { title: 'a' }, [1]);
    for (const tenant of ['a', 'b']) await put(tenants, { text: 'same' }, [1, 2], tenant);
    await put(tenants, { text: 'same' }, [1, 2], 'b');
  });
  afterAll(async () => {
    for (const name of [dated, tenants, plain]) await call('DELETE', `/schema/${name}`);
  });

  it('counts what was planted, class by class, and writes nothing', async () => {
    const before = ownSchema(await contents());
    const found = await own();
    const counts = (name: string) => found.get(name)?.findings.map(({ kind, count, of }) => [kind, count, of]);
    expect([...found.values()].map(({ name, rows }) => [name, rows])).toEqual([
      [dated, 4],
      [plain, 3],
      [tenants, 3],
    ]);
    expect(counts(dated)).toEqual([
      ['expired', 2, 4],
      ['unscoped', 1, 4],
      ['exact_duplicates', 1, 4],
      ['rows_without_vectors', 1, 4],
    ]);
    expect(counts(plain)).toEqual([
      ['expired', 1, 3],
      ['unreadable_dates', 1, 3],
    ]);
    // Equal texts of two tenants are no copies of each other.
    expect(counts(tenants)).toEqual([['exact_duplicates', 1, 3]]);
    expect(found.get(dated)?.findings[0]?.by_age?.map(({ count }) => count)).toEqual([2, 2, 1, 1, 1, 0]);
    expect(found.get(dated)?.weeks).toEqual([0, 0, 0, 0, 0, 0, 0, 4]);
    expect(ownSchema(await contents())).toEqual(before);
  });

  it('is told to a person by the command line', async () => {
    const { stdout } = await runCli(['check', server.url], process.env);
    expect(stdout).toContain(`${dated}  ${dated}, 4 rows`);
    expect(stdout).toContain('2 (50 %) objects whose expiry date has passed still exist');
    expect(stdout).toContain('Nothing was written to Weaviate');
  });

  it('ends when its time is over, and names what it did not measure', async () => {
    const report = await run(0);
    expect(report.collections).toEqual([]);
    expect(report.not_measured).toContainEqual({
      ...{ collection: dated, measure: 'objects', reason: 'no time was left: raise --max-seconds' },
    });
  });

  it('a server that does not answer is named, without the key', async () => {
    const lost = check({ databaseUrl: 'http://:secret@127.0.0.1:1', maxSeconds: 5 });
    await expect(lost).rejects.toThrow(/^cannot look at http:\/\/:\.\.\.@127\.0\.0\.1:1/);
  });
});

describeWithServers(
  'check of a database with its Weaviate',
  ['postgres', 'weaviate'],
  ([postgresUrl = '', url = '']) => {
    const name = `Beside_${randomBytes(4).toString('hex')}`;
    const { call } = clientOf({ url });

    it('counts vectors without rows and rows without vectors, and reports both stores', async () => {
      const database = await createDatabase(postgresUrl);
      const db = openDatabase({ url: database.url });
      await sql`create table notes (id text primary key, content text, embedding vector(2))`.execute(db);
      await sql`insert into notes select 'n' || n, 'note ' || n, '[1,2]' from generate_series(1, 5) n`.execute(db);
      const properties = [{ name: 'document_id', dataType: ['text'] }];
      await call('POST', '/schema', { class: name, vectorizer: 'none', properties });
      for (const id of ['n1', 'n1', 'n2', 'n3', 'deleted', 'deleted']) {
        await call('POST', '/objects', { class: name, properties: { document_id: id }, vector: [1, 2] });
      }
      const report = await check({ databaseUrl: database.url, weaviateUrl: url, maxSeconds: 60 });
      const found = report.collections.find((one) => one.name === name);
      expect(report.collections[0]?.name).toBe('notes');
      expect(found?.findings.map(({ kind, count, of }) => [kind, count, of])).toEqual([
        ['vectors_without_rows', 2, 6],
        ['rows_without_vectors', 2, 2],
      ]);
      const graph = check({ databaseUrl: 'bolt://host', weaviateUrl: url, maxSeconds: 1 });
      await expect(graph).rejects.toThrow('vectors are compared with rows of PostgreSQL only');
      await call('DELETE', `/schema/${name}`);
      await db.destroy();
      await database.drop();
    });
  },
);

describe('a stored date', () => {
  const may = Date.UTC(2026, 4, 1);

  it.each([
    ['2026-05-01T00:00:00Z', may],
    ['2026-05-01 02:00:00+02', may],
    ['2026-05-01T00:00:00.000000', may],
    ['2026-05-01T02:00+02:00[Europe/Berlin]', may],
    ['2026-04-30', may],
    [may, may],
    [BigInt(may / 1000), may],
    [`${may / 1000}`, may],
  ])('%s is the first of May', (value, expected) => {
    expect(instantOf(value)).toBe(expected);
  });

  it.each([null, undefined, ''])('%s is none', (value) => {
    expect(instantOf(value)).toBeNull();
  });

  it.each(['some day', '2026-13-41', '01.05.2026', 12, true, {}])('%s cannot be read', (value) => {
    expect(instantOf(value)).toBe('unreadable');
  });
});
