import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { assemble, type Parts } from '../../src/assemble.ts';
import { loadConfig } from '../../src/config/load.ts';
import { forget } from '../../src/operations/data/forget.ts';
import { insightSummary } from '../../src/operations/intelligence/insights.ts';
import { listReports, showReport } from '../../src/operations/intelligence/reports.ts';
import { doctor } from '../../src/operations/setup/doctor.ts';
import { uninstall } from '../../src/operations/setup/uninstall.ts';
import { migrateAll, prepareState } from '../../src/prepare.ts';
import { forgetIntelligence } from '../../src/state/forget/intelligence.ts';
import { resultTableProblems } from '../../src/state/intelligence/check-tables.ts';
import { createMappedResults, mappedResults, ownResultTables } from '../support/mapped-results.ts';
import { questionsOf } from '../support/questions.ts';
import { describeOnDatabase, describeOnDatabases, type SuiteDatabase } from '../support/stores.ts';

const dayMs = 86_400_000;
const backups = ['restore a database backup', 'schedule database backup jobs', 'database backup retention'];
const invoices = ['download an invoice', 'wrong amount on an invoice', 'invoice address change'];
const users = ['ann', 'bob', 'cara', 'dora', 'emil', 'fred'];
const mapped = Object.values(mappedResults.tables);

/** As an application may write them whose conventions are others. */
const columnsOfOtherTypes = `do $$ declare c record; begin
  for c in select attrelid::regclass as t, attname, format_type(atttypid, atttypmod) as type from pg_attribute
    where attrelid = any(array['app.topics', 'app.insights', 'app.shared', 'public.public_reports']::regclass[])
      and attnum > 0 and not attisdropped loop
    execute format('alter table %s alter column %I type %s', c.t, c.attname, case c.type when 'text' then 'varchar'
      when 'text[]' then 'varchar[]' when 'integer' then 'bigint' when 'jsonb' then 'json'
      when 'timestamp with time zone' then 'timestamptz(3)' else c.type end);
  end loop; end $$`;

/** Questions of nine weeks, about invoices since a week. */
function asked(user: string) {
  const midnight = Math.floor(Date.now() / dayMs) * dayMs;
  return Array.from({ length: 63 }, (_, at) => ({
    ...{ id: `${user}-${at}`, user, question: (at < 7 ? invoices : backups)[at % 3] ?? '', answer: 'see the manual' },
    asked_at: new Date(midnight - (at + 0.5) * dayMs).toISOString(),
  }));
}

function partsOn(database: SuiteDatabase, intelligence: object = mappedResults, more: object = {}): Promise<Parts> {
  const settings = { collections: { queries: { kind: 'queries' } }, graphs: {}, intelligence, ...more };
  const folder = mkdtempSync(join(tmpdir(), 'coppice-config-'));
  try {
    const file = join(folder, 'coppice.yaml');
    writeFileSync(file, stringify(settings));
    return assemble(loadConfig({ DATABASE_URL: database.url }, { config: file }), database.url, 'test');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function contextOf(parts: Parts) {
  const client = () => Promise.reject(new Error('no Temporal here'));
  return { parts, namespace: 'default', requestedBy: 'test', client };
}

describeOnDatabases('results in tables of the application', (database) => {
  let parts: Parts;
  beforeAll(async () => {
    parts = await partsOn(database);
  });
  afterAll(() => parts.close());

  const count = async (table: string, where = 'true') => {
    const { rows } = await sql<{ count: number }>`
      select count(*)::int as count from ${sql.raw(table)} where ${sql.raw(where)}`.execute(database.db);
    return rows[0]?.count ?? 0;
  };
  const counts = (where?: string) => Promise.all(mapped.map((table) => count(table, where)));

  test('tables that do not exist stop the three jobs and nothing else, in a line for each', async () => {
    const { unprepared } = await migrateAll(parts);
    const missing =
      'table app.topics of intelligence.tables.topic_extractions does not exist, or this role cannot see it';
    expect(unprepared).toMatchObject([{ store: 'tables of intelligence', reason: expect.stringContaining(missing) }]);
    const questions = await questionsOf(parts.db, 'queries');
    await expect(questions.run()).rejects.toThrow(missing);
    await expect(questions.insights()).rejects.toThrow(missing);
    await expect(questions.reports(new Date())).rejects.toThrow(missing);
    await expect(insightSummary(contextOf(parts), { periodDays: 7, user: null })).rejects.toThrow(missing);
    const request = { subject: 'ann', byId: false, collection: null, yes: true };
    await expect(forget(contextOf(parts), request)).rejects.toThrow(missing);
    const { checks } = await doctor(contextOf(parts), { drift: false, as: null });
    const result = checks.find(({ name }) => name === 'intelligence tables');
    expect(result).toMatchObject({ ok: false, message: expect.stringContaining(missing) });
    expect(result?.message).not.toContain('\n');
    await questions.close();

    await createMappedResults(database.db);
    await Promise.all(unprepared.map((one) => one.prepare()));
    expect((await migrateAll(parts)).unprepared).toEqual([]);
    expect(await ownResultTables(database.db)).toEqual([]);
  });

  test.each([
    ['as the document has them', ''],
    ['with other types that hold the same', columnsOfOtherTypes],
  ])('the jobs write them %s, the operations read them, and forget and undo reach them', async (_, change) => {
    if (change !== '') await sql.raw(change).execute(database.db);
    expect(await resultTableProblems(parts.db)).toEqual([]);
    const questions = await questionsOf(parts.db, 'queries');
    await questions.load(users.flatMap(asked));
    const run = await questions.run();
    expect(run).toMatchObject({ status: 'success', totals: { extracted_queries: 378 } });
    await questions.insights();
    const endsAt = new Date();
    await questions.reports(endsAt);
    const written = await reports();
    await questions.reports(endsAt);
    expect(await reports()).toEqual(written);
    expect(await count('app.topics', "collection = 'queries' and topic is not null")).toBe(378);
    expect((await counts()).every((rows) => rows > 0)).toBe(true);
    const image = await questions.image();
    expect((await questions.run()).totals).toMatchObject({ extracted_queries: 0 });
    expect(await questions.image()).toEqual(image);

    const context = contextOf(parts);
    const { data } = await insightSummary(context, { periodDays: 7, user: null });
    expect(data.top_topics[0]?.topic).toContain('invoice');
    expect(data.emerging.map(({ topic }) => topic).join()).toContain('invoice');
    const query = { scope: null, user: 'ann', reportType: null, limit: 10 };
    const [entry] = (await listReports(context, query)).data;
    expect(await showReport(context, entry?.id ?? '')).toMatchObject({ user_id: 'ann', data: { questions: 7 } });

    const ofAnn = "user_id = 'ann'";
    const before = await Promise.all(['app.topics', 'app.insights', 'public_reports'].map((one) => count(one, ofAnn)));
    expect(before.every((rows) => rows > 0)).toBe(true);
    const forgotten = await forget(context, { subject: 'ann', byId: false, collection: null, yes: true });
    expect(forgotten.removed).toMatchObject({ extractions: before[0], insights: before[1] });
    for (const table of ['app.topics', 'app.insights', 'public_reports']) expect(await count(table, ofAnn)).toBe(0);
    expect(await count('app.topics')).toBe(315);

    const ofBob = "user_id = 'bob'";
    expect(await count('app.insights', ofBob)).toBeGreaterThan(0);
    const row = { kind: 'rows', ids: ['bob-0'], collection: 'queries' } as const;
    const removed = await parts.db.transaction().execute((tx) => forgetIntelligence(tx, row, 5));
    expect(removed.extractions).toBe(1);
    expect(removed.insights).toBeGreaterThan(0);

    expect(await questions.undo(run)).toMatchObject({ totals: { deleted_extractions: 314 } });
    expect(await count('app.topics')).toBe(0);
    expect(await ownResultTables(database.db)).toEqual([]);
    await questions.close();
  });

  const reports = async () => {
    const { rows } = await sql<{ row: string }>`select concat_ws(' ', id, created_at, report) as row from public_reports
      order by 1`.execute(database.db);
    return rows.map(({ row }) => row);
  };

  test('doctor says that they fit', async () => {
    const { checks } = await doctor(contextOf(parts), { drift: false, as: null });
    expect(checks.find(({ name }) => name === 'intelligence tables')).toMatchObject({
      ok: true,
      message: 'app.topics, app.insights, app.shared, public.public_reports fit',
    });
  });

  test.each([
    ['alter table app.topics drop column phrases', 'column phrases (text[]) is missing'],
    ['alter table app.topics alter column answered type text', 'column answered is text and must be boolean'],
    [
      'alter table app.topics alter column topic type varchar(40)',
      'column topic is character varying(40) and must be text or character varying',
    ],
    ['alter table app.topics alter column source_hash type int', 'column source_hash is integer and must be bigint'],
    [
      'alter table app.topics alter column asked_at type timestamptz(0)',
      'column asked_at is timestamp(0) with time zone',
    ],
    ['alter table app.topics alter column topic set not null', 'column topic must allow null'],
    ['alter table app.topics alter column extracted_at drop default', 'column extracted_at needs a default of now()'],
    ['alter table app.topics add column t int not null', 'column t, which Coppice does not write, is not null'],
    [
      'alter table app.topics drop constraint topics_query_id_collection_key',
      '(collection, query_id) needs a unique index',
    ],
    ['alter table app.topics rename to t; create view app.topics as select * from app.t', 'is no table'],
  ])('%s is found', async (change, problem) => {
    const undone = new Error('undone');
    const found = parts.db.transaction().execute(async (tx) => {
      await sql`delete from app.topics`.execute(tx);
      for (const text of change.split('; ')) await sql.raw(text).execute(tx);
      const problems = await resultTableProblems(tx);
      expect(problems).toEqual([expect.stringContaining(problem)]);
      expect(problems.join()).toContain('app.topics of intelligence.tables.topic_extractions');
      throw undone;
    });
    await expect(found).rejects.toBe(undone);
    expect(await resultTableProblems(parts.db)).toEqual([]);
  });
});

describeOnDatabase('native', 'the statements of docs/intelligence.md', (database) => {
  test('make the tables that its configuration names', async () => {
    const text = readFileSync(new URL('../../docs/intelligence.md', import.meta.url), 'utf8');
    const blocks = [...text.matchAll(/^```(\w+)\n(.*?)^```/gms)].map(([, language, body]) => ({ language, body }));
    const settings = blocks.find(({ body }) => body?.startsWith('intelligence:'))?.body ?? '';
    const statements = blocks.find(({ body }) => body?.startsWith('create table app.topics'))?.body ?? '';
    const parts = await partsOn(database, parse(settings).intelligence);
    expect((await resultTableProblems(parts.db)).length).toBe(4);
    await sql.raw(`create schema app; ${statements}`).execute(database.db);
    expect(await resultTableProblems(parts.db)).toEqual([]);
    await parts.close();
  });
});

describeOnDatabase('native', 'one mapped table', (database) => {
  test('is left alone by migrate and uninstall, beside three of Coppice, and is checked without migrations', async () => {
    await createMappedResults(database.db);
    const { user_insights } = mappedResults.tables;
    const parts = await partsOn(database, { tables: { user_insights } });
    const own = ['intelligence_reports', 'org_knowledge', 'topic_extractions'];
    expect((await migrateAll(parts)).unprepared).toEqual([]);
    expect(await ownResultTables(database.db)).toEqual(own);

    await sql`alter table app.insights drop column title`.execute(database.db);
    const without = await partsOn(database, { tables: { user_insights } }, { database: { migrations: 'off' } });
    const { unprepared } = await prepareState(without);
    expect(unprepared.map(({ reason }) => reason)).toEqual([expect.stringContaining('column title (text) is missing')]);
    await without.close();

    const options = { yes: true, documents: true, keepSchedules: true };
    const gone = await uninstall(contextOf(parts), options);
    expect(gone.removes.tables).toEqual(expect.arrayContaining(own.map((name) => `knowledge.${name}`)));
    expect(gone.removes.tables).not.toContain(user_insights);
    expect(gone.leaves).toContain(`${user_insights}, as they are`);
    const { rows } = await sql`select from pg_class where oid = to_regclass(${user_insights})`.execute(database.db);
    expect(rows).toHaveLength(1);
    expect(await ownResultTables(database.db)).toEqual([]);
    await parts.close();
  });

  test('is refused while the table of Coppice stands beside it, whose rows nothing would forget', async () => {
    const before = await partsOn(database, {});
    await migrateAll(before);
    await before.close();
    await sql`alter table app.insights add column if not exists title text`.execute(database.db);
    const parts = await partsOn(database, { tables: { user_insights: mappedResults.tables.user_insights } });
    const beside = 'table knowledge.user_insights exists beside app.insights of intelligence.tables.user_insights';
    const [unprepared] = (await migrateAll(parts)).unprepared;
    expect(unprepared?.reason).toContain(beside);
    const request = { subject: 'ann', byId: false, collection: null, yes: true };
    await expect(forget(contextOf(parts), request)).rejects.toThrow(beside);
    await sql`drop table knowledge.user_insights`.execute(database.db);
    await unprepared?.prepare();
    expect((await forget(contextOf(parts), request)).removed).toMatchObject({ extractions: 0, insights: 0 });
    await parts.close();
  });
});
