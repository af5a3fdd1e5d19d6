import fc from 'fast-check';
import { sql } from 'kysely';
import { beforeAll, describe, expect, test } from 'vitest';
import { toMapping } from '../../src/config/mapping.ts';
import { type RefreshRule, refreshReason } from '../../src/domain/rules/refresh.ts';
import type { Replacement } from '../../src/stores/ports/refresh-table.ts';
import { createRowStore } from '../../src/stores/postgres/row-store.ts';
import { judgeRow } from '../../src/stores/postgres/rules/index.ts';
import { describeOnDatabases, type SuiteDatabase } from '../support/stores.ts';

const cutoff = new Date('2026-06-01T03:00:00.000Z');
const rule: RefreshRule = { kind: 'refresh', cutoff, thresholdDays: 7, minimumQuality: 0.3 };
const soon = '2026-06-03T00:00:00Z';
const dayMs = 86_400_000;

describeOnDatabases('the refresh rule in SQL', (database) => {
  beforeAll(async () => {
    await sql`create table refreshable (no int, url text, quality text, expires_at timestamptz)`.execute(database.db);
  });

  test('agrees with the rule of the domain', async () => {
    const mapping = toMapping('refreshable', { table: 'refreshable', id: 'no', url: 'url', quality: 'quality' });
    const { reasons } = judgeRow('d', mapping, rule);
    const reason = sql.join(
      reasons.map(({ name, holds }) => sql`when ${holds} then ${sql.lit(name)}`),
      sql` `,
    );
    const document = fc.record({
      expiresAt: fc.option(
        fc.integer({ min: -10 * dayMs, max: 10 * dayMs }).map((ms) => new Date(cutoff.getTime() + ms)),
      ),
      quality: fc.option(fc.constantFrom(0, 0.25, 0.3, 0.5, 1)),
      url: fc.option(fc.constantFrom('', ' ', '\n', 'https://a.example/')),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(document, { minLength: 1, maxLength: 30 }), async (documents) => {
        const rows = documents.map(({ expiresAt, quality, url }, no) => ({ no, url, quality, expires_at: expiresAt }));
        const judged = await sql<{ reason: string | null }>`select case ${reason} end as reason
          from jsonb_populate_recordset(null::refreshable, ${JSON.stringify(rows)}::jsonb) d order by no`.execute(
          database.db,
        );
        expect(judged.rows.map((row) => row.reason)).toEqual(documents.map((one) => refreshReason(one, rule)));
      }),
      { numRuns: 40 },
    );
  });

  test('a score that is no number counts as none', async () => {
    const mapping = toMapping('refreshable', { table: 'refreshable', id: 'no', url: 'url', quality: 'quality' });
    const rows = [{ no: 1, url: 'https://a.example/', quality: 'good', expires_at: soon }];
    const { rows: found } = await sql<{
      due: boolean;
    }>`select ${judgeRow('d', mapping, rule).due} as due
      from jsonb_populate_recordset(null::refreshable, ${JSON.stringify(rows)}::jsonb) d`.execute(database.db);
    expect(found).toEqual([{ due: true }]);
  });
});

describeOnDatabases('writing a document anew', (database) => {
  const replacement = (version: string, changes: Partial<NonNullable<Replacement['page']>> = {}): Replacement => ({
    ...{ id: 'a', version, lifetimeDays: 10 },
    page: { title: 'New title', text: 'new text', hash: 'new hash', quality: 0.75, chunks: null, ...changes },
  });
  const scope = { partition: 'w', rule };

  async function opened({ db }: SuiteDatabase, name: string, settings: object) {
    const store = createRowStore(toMapping(name, { table: `public.${name}`, ...settings }));
    const { refresh } = await store.open(db);
    const [document] = await refresh.read(db, scope, ['a']);
    if (document === undefined) throw new Error('the document is not due');
    const write = (one: Replacement) => db.transaction().execute((tx) => refresh.write(tx, 'w', one));
    return { refresh, document, write };
  }

  test.each([
    ['epoch_s', 'bigint', 1],
    ['epoch_ms', 'double precision', 1000],
  ] as const)('a time that is mapped as %s is written as a number, to %s and to JSON', async (type, column, unit) => {
    const { db } = database;
    const name = `in_${type}`;
    await sql`create table ${sql.id(name)} (id text primary key, workspace text, url text, payload jsonb,
      expires ${sql.raw(column)})`.execute(db);
    const expires = (new Date(soon).getTime() / 1000) * unit;
    await sql`insert into ${sql.id(name)} values ('a', 'w', 'https://a.example/', '{}', ${expires})`.execute(db);
    const { document, write } = await opened(database, name, {
      ...{ url: 'url', expires_at: { column: 'expires', type }, fetched_at: { path: 'payload.fetched', type } },
    });
    expect(await write(replacement(document.version))).not.toBeNull();
    const { rows } = await sql<{ kind: string; fetched: number; lives: number }>`
      select jsonb_typeof(payload -> 'fetched') as kind,
        (extract(epoch from now()) - (payload ->> 'fetched')::float8 / ${sql.lit(unit)})::int as fetched,
        (expires / ${sql.lit(unit)} - extract(epoch from now()))::int as lives from ${sql.id(name)}`.execute(db);
    expect(rows).toEqual([{ kind: 'number', fetched: expect.closeTo(0, -2), lives: expect.closeTo(10 * 86_400, -2) }]);
  });

  test('fields inside a JSON column are written, and every other key keeps its value', async () => {
    const { db } = database;
    await sql`create table in_json (id text primary key, payload jsonb, other text)`.execute(db);
    const payload = {
      ...{ owner: 'w', source: { url: 'https://a.example/', kept: [1, { deep: 12345678901234567890n.toString() }] } },
      ...{ text: 'old text', expires: soon, big: 9007199254740993n.toString() },
    };
    await sql`insert into in_json values ('a', ${JSON.stringify(payload)}::jsonb || '{"exact": 9007199254740993}', 'mine')`.execute(
      db,
    );
    const { document, write } = await opened(database, 'in_json', {
      workspace: { path: 'payload.owner' },
      url: { path: 'payload.source.url' },
      title: { path: 'payload.meta.title' },
      content: { path: 'payload.text' },
      content_hash: { path: 'payload.meta.check.hash' },
      quality: { path: 'payload.meta.quality' },
      expires_at: { path: 'payload.expires' },
      fetched_at: { path: 'payload.meta.fetched', type: 'date' },
    });
    expect(await write(replacement(document.version))).toEqual({ chunks: 0, removedChunks: 0 });
    const { rows } = await sql<{ payload: Record<string, unknown>; exact: string; other: string; lives: number }>`
      select payload - 'exact' as payload, payload ->> 'exact' as exact, other,
        extract(epoch from (payload ->> 'expires')::timestamptz - now())::int as lives from in_json`.execute(db);
    const today = new Date().toISOString().slice(0, 10);
    expect(rows).toEqual([
      {
        payload: {
          ...payload,
          expires: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
          text: 'new text',
          meta: { title: 'New title', check: { hash: 'new hash' }, quality: 0.75, fetched: today },
        },
        ...{ exact: '9007199254740993', other: 'mine', lives: expect.closeTo(10 * 86_400, -2) },
      },
    ]);
  });

  test('a row that was written since it was read is left as it is', async () => {
    const { db } = database;
    await sql`create table meanwhile (id text primary key, workspace text, url text, body text, expires_at timestamptz)`.execute(
      db,
    );
    await sql`insert into meanwhile values ('a', 'w', 'https://a.example/', 'old', ${soon})`.execute(db);
    const { document, write } = await opened(database, 'meanwhile', { url: 'url', content: 'body' });
    await sql`update meanwhile set body = 'edited'`.execute(db);
    expect(await write(replacement(document.version))).toBe(null);
    expect((await sql`select body from meanwhile`.execute(db)).rows).toEqual([{ body: 'edited' }]);
  });

  describe('with chunks in a table of the application', () => {
    test('chunks are replaced together with the row, and columns that all of them share are kept', async () => {
      const { db } = database;
      await sql`create table paged (id text primary key, workspace text, url text, body text, expires_at timestamptz)`.execute(
        db,
      );
      await sql`create table paged_chunks (id bigint generated always as identity primary key, doc text not null
        references paged (id), txt text, vec vector(2), lang text, place int, big bigint)`.execute(db);
      await sql`insert into paged values ('a', 'w', 'https://a.example/', 'old', ${soon}), ('b', 'w', null, 'other', null)`.execute(
        db,
      );
      await sql`insert into paged_chunks (doc, txt, vec, lang, place, big) values
        ('a', 'old 0', '[1,0]', 'en', 0, 9007199254740993), ('a', 'old 1', '[1,0]', 'en', 1, 9007199254740993),
        ('b', 'other', '[0,1]', 'fr', 0, 1)`.execute(db);
      const vectors = { in: 'table', table: 'paged_chunks', document: 'doc', text: 'txt', vector: 'vec' };
      const { document, write, refresh } = await opened(database, 'paged', { url: 'url', content: 'body', vectors });
      expect(await refresh.problems(db, 2)).toEqual([]);
      expect(await refresh.problems(db, 3)).toEqual([expect.stringMatching(/have 2 dimensions.*3/)]);
      const chunks = [0, 1, 2].map((at) => ({ text: `new ${at}`, vector: [0.5, at] }));
      expect(await write(replacement(document.version, { chunks }))).toEqual({ chunks: 3, removedChunks: 2 });
      const { rows } =
        await sql`select doc, txt, vec::text, lang, place, big::text from paged_chunks order by doc, id`.execute(db);
      const kept = { lang: 'en', place: null, big: '9007199254740993' };
      expect(rows).toEqual([
        ...[0, 1, 2].map((at) => ({ doc: 'a', txt: `new ${at}`, vec: `[0.5,${at}]`, ...kept })),
        { doc: 'b', txt: 'other', vec: '[0,1]', lang: 'fr', place: 0, big: '1' },
      ]);
    });

    test('of several documents written together each is as if it were written alone', async () => {
      const { db } = database;
      await sql`create table mixed (id int primary key, workspace text, url text, heading text, body text,
        expires_at timestamptz)`.execute(db);
      await sql`create table mixed_chunks (no int not null, doc int not null references mixed (id), txt text,
        vec halfvec(2), lang text default 'none', primary key (doc, no))`.execute(db);
      await sql`insert into mixed select n, 'w', 'https://a.example/', 'old', 'old', ${soon} from generate_series(1, 4) n`.execute(
        db,
      );
      await sql`alter table mixed_chunks alter no add generated by default as identity`.execute(db);
      await sql`insert into mixed_chunks (doc, txt, lang) values (1, 'old', 'en'), (1, 'old', 'en'), (2, 'old', 'fr'),
        (2, 'old', 'it'), (3, 'old', 'de'), (4, 'old', 'es')`.execute(db);
      const vectors = {
        in: 'table' as const,
        table: 'mixed_chunks',
        id: 'no',
        document: 'doc',
        text: 'txt',
        vector: 'vec',
      };
      const settings = { table: 'public.mixed', url: 'url', title: 'heading', content: 'body', vectors };
      const { refresh } = await createRowStore(toMapping('mixed', settings)).open(db);
      const standing = await refresh.read(db, scope, ['1', '2', '3', '4']);
      expect(standing.map(({ bytes }) => bytes)).toEqual([3, 3, 3, 3]);
      const versions = new Map(standing.map(({ id, version }) => [id, version]));
      const chunks = [0, 1].map((at) => ({ text: `new ${at}`, vector: [0.5, at] }));
      const one = (id: string, changes: object) => ({
        ...replacement(versions.get(id) ?? '', { chunks, ...changes }),
        id,
      });
      await sql`update mixed set body = 'edited' where id = 4`.execute(db);
      const written = await db
        .transaction()
        .execute((tx) =>
          refresh.writeAll(tx, 'w', [
            one('1', {}),
            one('2', { title: null, text: 'second' }),
            { ...one('3', {}), page: null },
            one('4', {}),
          ]),
        );
      expect([...written]).toEqual([
        ['1', { chunks: 2, removedChunks: 2 }],
        ['2', { chunks: 2, removedChunks: 2 }],
        ['3', { chunks: 0, removedChunks: 0 }],
        ['4', null],
      ]);
      const rows = await sql`select id, heading, body, expires_at > ${soon} as lives_on from mixed order by id`.execute(
        db,
      );
      expect(rows.rows).toEqual([
        { id: 1, heading: 'New title', body: 'new text', lives_on: true },
        { id: 2, heading: 'old', body: 'second', lives_on: true },
        { id: 3, heading: 'old', body: 'old', lives_on: true },
        { id: 4, heading: 'old', body: 'edited', lives_on: false },
      ]);
      const kept = await sql`select doc, array_agg(txt || ' ' || lang order by no) as chunks from mixed_chunks
        group by doc order by doc`.execute(db);
      expect(kept.rows).toEqual([
        { doc: 1, chunks: ['new 0 en', 'new 1 en'] },
        { doc: 2, chunks: ['new 0 none', 'new 1 none'] },
        { doc: 3, chunks: ['old de'] },
        { doc: 4, chunks: ['old es'] },
      ]);
    });

    test('columns that demand a value that no job has are named before anything is written', async () => {
      const { db } = database;
      await sql`create table strict_rows (id text primary key, workspace text, url text, expires_at timestamptz)`.execute(
        db,
      );
      await sql`create table strict_chunks (id int primary key, document_id text, embedding vector, page int not null)`.execute(
        db,
      );
      await sql`insert into strict_rows values ('a', 'w', 'https://a.example/', ${soon})`.execute(db);
      const vectors = { in: 'table', table: 'strict_chunks' };
      const { refresh } = await opened(database, 'strict_rows', { url: 'url', vectors });
      expect(await refresh.problems(db, 2)).toEqual([
        expect.stringMatching(/no column text/),
        expect.stringMatching(/id is integer without a default/),
        expect.stringMatching(/page must not be null/),
      ]);
    });

    test('a document that the table refuses leaves the others of the transaction alone', async () => {
      const { db } = database;
      await sql`create table picky (id text primary key, workspace text, url text, expires_at timestamptz,
        body text check (body <> 'bad'))`.execute(db);
      await sql`insert into picky values ('a', 'w', 'https://a.example/', ${soon}, 'old'),
        ('b', 'w', 'https://b.example/', ${soon}, 'old')`.execute(db);
      const { refresh } = await opened(database, 'picky', { url: 'url', content: 'body' });
      const versions = new Map((await refresh.read(db, scope, ['a', 'b'])).map((one) => [one.id, one.version]));
      await db.transaction().execute(async (tx) => {
        const bad = replacement(versions.get('a') ?? '', { text: 'bad' });
        await expect(refresh.write(tx, 'w', bad)).rejects.toThrow();
        const good = { ...replacement(versions.get('b') ?? ''), id: 'b' };
        await expect(refresh.writeAll(tx, 'w', [good, bad])).rejects.toThrow();
        expect(await refresh.writeAll(tx, 'w', [good])).toEqual(new Map([['b', { chunks: 0, removedChunks: 0 }]]));
      });
      expect((await sql`select body from picky order by id`.execute(db)).rows).toEqual([
        { body: 'old' },
        { body: 'new text' },
      ]);
    });
  });
});
