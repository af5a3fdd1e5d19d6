import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../api/support/test-api.ts';
import { bytesAsText } from '../support/bytes-as-text.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeEndToEnd } from '../support/requires.ts';

const texts = ['restore a database backup', 'schedule database backup jobs', 'database backup retention'];
const others = ['download an invoice', 'wrong amount on an invoice', 'invoice address change'];
/** In a question of one user alone. */
const canary = 'zebrafinch';
const dayMs = 86_400_000;

/** Six users ask about backups and invoices over nine weeks; this week everybody asks about invoices. */
function questions(now: number) {
  const users = ['ann', 'bob', 'cara', 'dora', 'emil', 'fred'];
  return users.flatMap((user, at) => [
    ...Array.from({ length: 63 }, (_, day) => ({
      ...{ id: `${user}-${day}`, user, question: (day < 7 ? others : texts)[(day + at) % 3] ?? '' },
      ...{ answer: 'see the manual', asked_at: new Date(now - (day + 1) * dayMs).toISOString() },
    })),
    ...(user === 'ann' ? [{ id: 'ann-secret', user, question: `my ${canary} is ill`, answer: '' }] : []),
  ]);
}

describeEndToEnd('topics, insights and reports', (servers) => {
  let installation: Installation;
  let api: TestApi;
  const cli = (...args: string[]) => installation.cli(...args, '--json');
  const jobs = ['topic-extraction', 'insight-generation', 'weekly-report'];

  beforeAll(async () => {
    installation = await createInstallation({
      ...servers,
      settings: {
        collections: { queries: { kind: 'queries' } },
        jobs: Object.fromEntries(jobs.map((job) => [job, { schedules: [] }])),
      },
    });
    await installation.worker();
    api = await startTestApi(installation);
  });
  afterAll(async () => {
    await api?.close();
    await installation?.close();
  });

  it('questions are loaded, extracted, compared and reported from the command line', async () => {
    const file = join(installation.parts.config.dataDir, '..', 'questions.jsonl');
    const all = questions(Date.now());
    writeFileSync(file, [...all.map((one) => JSON.stringify(one)), '{"id": "x"}'].join('\n'));
    expect((await cli('load', 'queries', file)).json).toMatchObject({ loaded_queries: all.length, failed_lines: 1 });
    const extracted = await cli('run', 'topic-extraction', '--wait');
    expect(extracted.json).toMatchObject({ status: 'success', totals: { extracted_queries: all.length } });
    const found = await cli('run', 'insight-generation', '--wait');
    expect(found.json).toMatchObject({ status: 'success', totals: { users: 6 } });
    const summary = (await cli('insights')).json.data;
    expect(summary.scope).toBe('organisation');
    expect(summary.top_topics[0].topic).toContain('invoice');
    expect(summary.emerging.map((one: { topic: string }) => one.topic).join()).toContain('invoice');
    expect(summary.fading.map((one: { topic: string }) => one.topic).join()).toContain('backup');

    const report = await cli('reports', 'generate', '--user', 'ann');
    expect(report.json).toMatchObject({ scope: 'user', user_id: 'ann', method: 'rules', data: { questions: 7 } });
    expect(report.json.executive_summary.map((one: { text: string }) => one.text)).toContain(
      '7 questions were asked in this period.',
    );
    const shown = await installation.cli('reports', 'show', report.json.id);
    expect(shown.stdout).toContain('# Weekly report: ann');
    expect((await cli('reports', 'list')).json.data).toMatchObject([{ id: report.json.id, user_id: 'ann' }]);
  });

  it('what one user asked is in nothing that the organisation is told, and in no history', async () => {
    const report = await cli('reports', 'generate', '--scope', 'organisation');
    expect(report.json).toMatchObject({ scope: 'organisation', user_id: null });
    const { rows } = await sql<{ text: string }>`
      select coalesce(string_agg(k::text, ''), '') || (select coalesce(string_agg(i::text, ''), '') from knowledge.user_insights i
          where scope = 'organisation') || (select string_agg(r::text, '') from knowledge.intelligence_reports r
          where scope = 'organisation') as text
      from knowledge.org_knowledge k`.execute(installation.parts.db);
    expect(rows[0]?.text).toContain('invoice');
    for (const secret of [canary, 'ann']) expect(rows[0]?.text).not.toContain(secret);
    const { runs } = (await api.ask('GET', '/api/v1/runs?limit=200')).json;
    expect(runs.length).toBeGreaterThan(3);
    for (const { workflow_id: workflowId } of runs) {
      const handle = installation.client.workflow.getHandle(workflowId);
      const text = bytesAsText([(await handle.fetchHistory()).events, (await handle.describe()).raw]);
      for (const secret of [canary, 'ann', 'invoice']) expect(text).not.toContain(secret);
    }
  });

  it('over HTTP a token that is limited to a user sees its own insights and reports alone', async () => {
    const token = await api.token('run', { users: ['bob'] });
    const made = await api.ask('POST', '/api/v2/reports/generate', { token, body: { report_type: 'weekly' } });
    expect(made).toMatchObject({ status: 200, json: { data: { scope: 'user', user_id: 'bob' } } });
    for (const part of ['executive_summary', 'insights', 'trends', 'recommendations']) {
      expect(made.json.data[part], part).toBeInstanceOf(Array);
    }
    const listed = (await api.ask('GET', '/api/v2/reports', { token })).json.data;
    expect(listed.map((one: { user_id: string }) => one.user_id)).toEqual(['bob']);
    const all = (await api.ask('GET', '/api/v2/reports')).json.data;
    const hidden = all.find((one: { user_id: string }) => one.user_id === 'ann').id;
    for (const path of ['', '/markdown', '/html']) {
      expect((await api.ask('GET', `/api/v2/reports/${hidden}${path}`, { token })).status).toBe(404);
      expect((await api.ask('GET', `/api/v2/reports/${hidden}${path}`)).status).toBe(200);
    }
    const summary = (await api.ask('GET', '/api/v2/insights/summary?period_days=7', { token })).json.data;
    expect(summary.scope).toBe('user');
    expect(JSON.stringify(summary)).not.toContain('ann');
    expect((await api.ask('GET', '/api/v2/insights/summary?user=ann', { token })).status).toBe(403);
    const body = { scope: 'organisation' };
    expect((await api.ask('POST', '/api/v2/reports/generate', { token, body })).status).toBe(403);
  });

  it('a report is served as a page that can do nothing', async () => {
    const [{ id }] = (await api.ask('GET', '/api/v2/reports')).json.data;
    const page = await api.ask('GET', `/api/v2/reports/${id}/html`);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox$/);
    expect(page.text).not.toMatch(/<script|https?:\/\/|javascript:/);
  });

  it('every operation has been seen to succeed, by its schema', () => {
    const own = api.document.operations.filter(({ path }) => /^\/api\/v2\/(insights|reports)/.test(path));
    const unseen = own.map(({ method, path }) => `${method} ${path}`).filter((one) => !api.succeeded.has(one));
    expect([own.length, unseen]).toEqual([6, []]);
  });

  it('a forgotten user is in no table, and the organisation is told nothing that fewer than five share', async () => {
    const forgotten = await cli('forget', 'ann', '--yes');
    expect(forgotten.json.removed).toMatchObject({ extractions: 64 });
    expect((await cli('forget', 'bob', '--yes')).json.removed.extractions).toBe(63);
    const { rows } = await sql<{ name: string }>`
      select schemaname || '.' || tablename as name from pg_tables
      where schemaname in ('coppice', 'knowledge') and tablename not in ('query_history', 'workers', 'tokens')`.execute(
      installation.parts.db,
    );
    for (const { name } of rows) {
      const { rows: own } = await sql<{ row: string }>`select t::text as row from ${sql.table(name)} t`.execute(
        installation.parts.db,
      );
      const text = own.map(({ row }) => row).join('\n');
      for (const secret of [canary, 'ann', 'bob']) expect(text, name).not.toContain(secret);
    }
    // Four users are left.
    const left = await sql`select from knowledge.org_knowledge`.execute(installation.parts.db);
    expect(left.rows).toHaveLength(0);
    expect((await cli('insights')).json.data).toMatchObject({ top_topics: [], emerging: [], fading: [] });
  });
});
