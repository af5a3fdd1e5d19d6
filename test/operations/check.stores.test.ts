import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { check } from '../../src/operations/setup/check.ts';
import { wilson } from '../../src/stores/postgres/hygiene/duplicates.ts';
import { runCli } from '../support/run-cli.ts';
import { describeOnDatabase } from '../support/stores.ts';
import { createKnownTables, createOtherTables } from './known-tables.ts';

/** Planted in tables of known kinds: the counts of the tests are those of SQL written by hand. */
const planted = `
  insert into knowledge.documents (id, workspace, content, fetched_at, expires_at) values
    ('old', 'w', 'same', now() - interval '20 days', now() - interval '100 days'),
    ('late', 'w', 'same', now() - interval '10 days', now() - interval '2 days'),
    ('fresh', 'w', 'other', now(), now() + interval '2 days'), ('nobody', null, 'same', now(), null);
  insert into knowledge.chunks values ('1', 'old', 'same', '[1,2,3]'), ('1', 'deleted', 'gone', '[1,2,3]');
  update mem0 set payload = payload || '{"expiration_date": "2024-01-01"}' where payload->>'user_id' in ('u1', 'u2');
  update mem0 set payload = payload || '{"expiration_date": "some day"}' where payload->>'user_id' = 'u3';
  update mem0 set payload = payload || '{"user_id": "u9"}' where payload->>'user_id' = 'u8';
  create table "<b>&\\"vectors" (id bigint primary key, user_id text, content text, embedding vector(2), tier text, created_at timestamptz);
  insert into "<b>&\\"vectors" select n, 'u', 'text ' || n, case when n = 7 then null when n < 3 then '[1,0.001]' else '[0,1]' end::vector,
    'SHORT', now() from generate_series(1, 7) n where n in (1, 2, 3, 7);
  create table checkpoints (thread_id text, checkpoint_ns text, checkpoint_id text, checkpoint jsonb,
    primary key (thread_id, checkpoint_ns, checkpoint_id));
  create table checkpoint_writes (thread_id text, checkpoint_ns text, checkpoint_id text, task_id text, idx int,
    primary key (thread_id, checkpoint_ns, checkpoint_id, task_id, idx));
  create table checkpoint_blobs (thread_id text, checkpoint_ns text, channel text, version text,
    primary key (thread_id, checkpoint_ns, channel, version));
  insert into checkpoint_writes values ('t', '', 'gone', 'task', 0)`;

for (const kind of ['native', 'embedded'] as const) {
  describeOnDatabase(kind, 'check', (database) => {
    beforeAll(async () => {
      await createKnownTables(database.db);
      await createOtherTables(database.db);
      await sql.raw(planted.replaceAll('\\"', '""')).execute(database.db);
    });

    const run = (maxSeconds = 60) => check({ databaseUrl: database.url, maxSeconds });

    it('counts what SQL written by hand counts, and names the job for each', async () => {
      const report = await run();
      const found = new Map(
        report.collections.map(({ name, findings }) => [name, findings.map(({ kind: one, count }) => [one, count])]),
      );
      expect(found.get('documents')).toEqual([
        ['expired', 2],
        ['unscoped', 1],
        ['exact_duplicates', 1],
        ['vectors_without_rows', 1],
        ['rows_without_vectors', 3],
      ]);
      expect(found.get('memories')).toEqual([
        ['expired', 2],
        ['unreadable_dates', 1],
        ['unscoped', 1],
        ['exact_duplicates', 1],
      ]);
      expect(found.get('threads')).toEqual([['orphans', 1]]);
      expect(found.get('<b>&"vectors')).toEqual([
        ['rows_without_vectors', 1],
        ['near_duplicates', 2],
      ]);
      const documents = report.collections.find(({ name }) => name === 'documents');
      expect(documents?.findings[0]).toMatchObject({
        by_age: [0, 1, 7, 30, 90, 365].map((days, at) => ({ days, count: [2, 2, 1, 1, 1, 0][at] })),
        remedy: expect.stringContaining('ttl-cleanup'),
      });
      expect(documents?.weeks?.reduce((sum, count) => sum + count, 0)).toBe(4);
      expect(report.not_measured).toEqual([]);
    });

    it('ends when its time is over, and names what it did not measure', async () => {
      const report = await run(0);
      expect(report.collections).toEqual([]);
      expect(report.not_measured[0]).toEqual({
        collection: 'agents',
        measure: 'rows',
        reason: 'no time was left: raise --max-seconds',
      });
    });
  });
}

describeOnDatabase('native', 'check on a database that is not ours', (database) => {
  beforeAll(async () => {
    await createKnownTables(database.db);
    await sql.raw(planted.replaceAll('\\"', '""')).execute(database.db);
  });

  const activity = async () => {
    const { rows } = await sql<{ relations: number; written: number }>`
      select (select count(*) from pg_class)::int8 as relations,
        (select sum(n_tup_ins + n_tup_upd + n_tup_del) from pg_stat_user_tables)::int8 as written`.execute(database.db);
    return rows[0];
  };

  it('a role that may read one table alone gets its counts; nothing is written, and no relation is made', async () => {
    const name = `checker_${Date.now()}`;
    await sql
      .raw(`create role ${name} login; grant usage on schema knowledge to ${name};
      grant select on knowledge.documents, knowledge.chunks to ${name}`)
      .execute(database.db);
    const before = await activity();
    const url = new URL(database.url);
    url.username = name;
    const report = await check({ databaseUrl: url.href, maxSeconds: 60 });
    expect(report.collections.map((one) => one.name)).toEqual(['documents']);
    expect(report.not_measured.map(({ reason }) => reason)).toContain('this role may not read the table');
    expect(await activity()).toEqual(before);
    await sql.raw(`drop owned by ${name}; drop role ${name}`).execute(database.db);
  });

  it('a table that somebody has locked is named, and the others are measured', async () => {
    await database.db.transaction().execute(async (tx) => {
      await sql`lock table mem0 in access exclusive mode`.execute(tx);
      const report = await check({ databaseUrl: database.url, maxSeconds: 60 });
      expect(report.not_measured.map(({ collection, measure }) => [collection, measure])).toEqual([
        ['memories', 'rows'],
      ]);
      expect(report.collections.map((one) => one.name)).toContain('documents');
    });
  });

  describe('the command', () => {
    it('prints a summary, and writes a page in which names of the database are text', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'coppice-check-'));
      const file = join(folder, 'report.html');
      const env = { ...process.env, NO_COLOR: '1', DATABASE_URL: '' };
      const { code, stdout } = await runCli(['check', database.url, '--html', file], env);
      expect(code).toBe(0);
      expect(stdout).toContain('2 (50 %) rows whose expiry date has passed still exist');
      expect(stdout).toContain('→ ttl-cleanup removes them');
      const page = readFileSync(file, 'utf8');
      expect(page).toContain('&lt;b&gt;&amp;&quot;vectors');
      expect(page).not.toMatch(/<b>|<script|https?:/);
      rmSync(folder, { recursive: true });
    });

    it('an address that is none is refused', async () => {
      const { code, stderr } = await runCli(['check', 'mysql://host/db'], process.env);
      expect([code, stderr]).toEqual([2, expect.stringContaining('not a PostgreSQL URL')]);
    });
  });
});

test("Wilson's interval of a share is that of the textbook", () => {
  // 10 of 100: 0.0552 to 0.1744.
  const { count, error } = wilson(10, 100, 10_000);
  expect(count).toBe(1_000);
  expect(count + error).toBeGreaterThanOrEqual(1_744);
  expect(error).toBeLessThan(800);
});
