import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createClient, UnreachableError } from '../../src/public/client.ts';
import { takeLease } from '../../src/state/locks/leases.ts';
import type { Installation } from '../support/installation.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { until } from '../support/until.ts';
import { type Answer, startTestApi, type TestApi } from './support/test-api.ts';
import { addLetters, createWorld, fillWorld, type World } from './support/world.ts';

const wait = { prefer: 'wait=60' };
/** Their suites see each of them succeed. */
const haveTheirOwn = [
  ...['/background-jobs/', '/maintenance/', '/api/v1/groups', '/proposals', '/entities', '/api/v1/session'],
  ...['/merges', '/api/v2/insights', '/api/v2/reports', '/bulk-actions'],
];

describeEndToEnd('the HTTP API', (servers) => {
  let installation: Installation;
  let api: TestApi;
  let world: World;

  beforeAll(async () => {
    installation = await createWorld(servers);
    api = await startTestApi(installation, { heartbeatMs: 50 });
    world = await fillWorld(installation, api);
  });
  afterAll(async () => {
    await api?.close();
    await installation?.close();
  });

  it('lists jobs, and how each has fared', async () => {
    const { jobs } = (await api.ask('GET', '/api/v1/jobs')).json;
    expect(jobs.find((one: { id: string }) => one.id === 'ttl-cleanup').brake.max_share).toBe(0.5);
    const { stats } = (await api.ask('GET', '/api/v1/jobs/ttl-cleanup')).json;
    expect(stats).toMatchObject({ executions: 2, succeeded: 1, failed: 0, success_rate: 1, health: 'healthy' });
    expect((await api.ask('GET', '/api/v1/jobs/no-such-job')).json).toMatchObject({
      status: 404,
      name: 'UnknownJobError',
    });
  });

  it('a client with the types of the document gets answers, and errors as the server describes them', async () => {
    const client = createClient({ url: api.url, token: api.admin });
    const { jobs } = await client.call('GET /api/v1/jobs');
    expect(jobs.find(({ id }) => id === 'ttl-cleanup')?.brake.max_share).toBe(0.5);
    const { runs } = await client.call('GET /api/v1/runs', { query: { status: 'held', job: 'ttl-cleanup' } });
    expect(runs).toMatchObject([{ run_id: world.held }]);
    const path = { job: 'ttl-cleanup' };
    const preview = await client.call('POST /api/v1/jobs/{job}/preview', {
      path,
      body: { parameters: { max_age_days: 7 } },
    });
    expect(preview).toMatchObject({ run_id: null, parameters: { max_age_days: 7 } });
    await expect(client.call('GET /api/v1/jobs/{job}', { path: { job: 'no job/here' } })).rejects.toMatchObject({
      name: 'UnknownJobError',
      status: 404,
    });
    const stranger = createClient({ url: api.url, token: 'wrong' });
    await expect(stranger.call('GET /api/v1/jobs')).rejects.toMatchObject({ status: 401 });
    const nowhere = createClient({ url: 'http://127.0.0.1:9', token: api.admin });
    await expect(nowhere.call('GET /api/v1/jobs')).rejects.toBeInstanceOf(UnreachableError);
  });

  it('pages through runs, without one twice and without one missed', async () => {
    const all = (await api.ask('GET', '/api/v1/runs')).json;
    expect(all.next_cursor).toBeNull();
    const paged: unknown[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: { runs: unknown[]; next_cursor: string | null } = (
        await api.ask('GET', `/api/v1/runs?limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`)
      ).json;
      paged.push(...page.runs);
      cursor = page.next_cursor;
    }
    expect(paged).toEqual(all.runs);
    const held = (await api.ask('GET', '/api/v1/runs?status=held&job=ttl-cleanup')).json.runs;
    expect(held).toMatchObject([{ run_id: world.held, status: 'held' }]);
    expect((await api.ask('GET', '/api/v1/runs?cursor=bm9uZQ')).status).toBe(400);
  });

  it('a preview counts and changes nothing; with parameters, those', async () => {
    const preview = (await api.ask('POST', '/api/v1/jobs/ttl-cleanup/preview')).json;
    expect(preview).toMatchObject({ run_id: null, survey: { rows: 80, would_delete: 60, on_hold: 20 } });
    const body = { parameters: { max_age_days: 'off', batch_size: 7 } };
    expect((await api.ask('POST', '/api/v1/jobs/ttl-cleanup/preview', { body })).json.parameters.batch_size).toBe(7);
  });

  it('a held run waits for a person: wrong hash 409, approved 200, then 409', async () => {
    const path = `/api/v1/runs/${world.held}`;
    const { survey } = (await api.ask('GET', path)).json;
    expect(survey).toMatchObject({ would_delete: 60 });
    const other = await api.ask('POST', `${path}/approve`, { body: { hash: 'other' } });
    expect(other).toMatchObject({ status: 409, json: { name: 'SurveyChangedError' } });
    const forged = { hash: survey.hash, reason: 'fine\nPIPELINE_METRICS: forged' };
    const refused = await api.ask('POST', `${path}/approve`, { body: forged });
    expect(refused).toMatchObject({ status: 400 });
    const body = { hash: survey.hash, reason: 'seen by ann' };
    const approved = await api.ask('POST', `${path}/approve`, { body, headers: wait });
    expect(approved).toMatchObject({ status: 200, json: { status: 'success', totals: { deleted_documents: 60 } } });
    expect(approved.headers.get('location')).toBe(`/api/v1/runs/${approved.json.run_id}`);
    expect(approved.headers.get('preference-applied')).toBe('wait=60');
    expect((await api.ask('POST', `${path}/approve`)).json.name).toBe('AlreadyApprovedError');
    expect((await api.ask('POST', `${path}/reject`)).json.name).toBe('AlreadyApprovedError');
    // The record names the token.
    const { approval } = (await api.ask('GET', path)).json;
    expect(approval).toMatchObject({ by: expect.stringMatching(/^token test /), reason: 'seen by ann' });
    const undone = await api.ask('POST', `/api/v1/runs/${approved.json.run_id}/undo`, {
      ...{ headers: wait, body: { reason: 'on second thoughts' } },
    });
    const { requested_by, reason } = (await api.ask('GET', `/api/v1/runs/${undone.json.run_id}`)).json;
    expect([requested_by, reason]).toEqual([expect.stringMatching(/^token test /), 'on second thoughts']);
    expect(undone).toMatchObject({ status: 200, json: { kind: 'undo', totals: { restored_documents: 60 } } });
  });

  /** A run of which the ledger holds 60 rows. */
  let recorded = '';

  it('items of a run are ids without the content scope, and rows with it; pages have each once', async () => {
    const { run_id } = (await api.ask('POST', '/api/v1/jobs/ttl-cleanup/runs', { headers: wait })).json;
    const { run_id: none } = (await api.ask('POST', '/api/v1/jobs/ttl-cleanup/runs', { headers: wait })).json;
    await sql`update knowledge.documents set expires_at = now() - interval '1 minute', content = 'a secret' || id
      where substring(id from '[0-9]+$')::int between 10 and 39`.execute(installation.parts.db);
    const held = (await api.ask('POST', '/api/v1/jobs/ttl-cleanup/runs', { headers: wait })).json;
    const removed = (await api.ask('POST', `/api/v1/runs/${held.run_id}/approve`, { headers: wait })).json;
    const path = `/api/v1/runs/${removed.run_id}/items`;
    expect((await api.ask('GET', `/api/v1/runs/${none}/items`)).json.items).toEqual([]);
    expect(run_id).not.toBe(none);
    const content = await api.token('read', { content: true });
    const paged: { id: string; before: Record<string, string> | null }[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: Answer = await api.ask('GET', `${path}?limit=7${cursor === '' ? '' : `&cursor=${cursor}`}`, {
        token: content,
      });
      paged.push(...page.json.items);
      cursor = page.json.next_cursor;
    }
    expect(new Set(paged.map(({ id }) => id)).size).toBe(60);
    expect(paged).toHaveLength(60);
    expect(paged[0]).toMatchObject({
      effect: 'removed',
      collection: 'documents',
      partition: 'azure',
      reason: 'expired',
    });
    expect(paged.every(({ id, before }) => before?.content === `a secret${id}`)).toBe(true);
    const ids = await api.ask('GET', `${path}?limit=200`);
    expect(ids.json.items).toHaveLength(60);
    expect(ids.text).not.toContain('secret');
    const own = await api.ask('GET', path, {
      token: await api.token('read', { workspaces: ['crimson'], content: true }),
    });
    expect(own.json.items).toHaveLength(30);
    expect(own.text).not.toContain('azure');
    expect((await api.ask('GET', `${path}?cursor=x`)).status).toBe(400);
    recorded = removed.run_id;
  });

  it('an undo states before it starts what it would put back, and what it would leave alone', async () => {
    const { db } = installation.parts;
    await sql`insert into knowledge.documents
      select (jsonb_populate_record(d, '{"id": "azure-10"}')).* from knowledge.documents d where id = 'azure-1'`.execute(
      db,
    );
    const path = `/api/v1/runs/${recorded}/undo`;
    const documents = { collection: 'documents', effect: 'removed' };
    const all = { refusal: null, items: [{ ...documents, items: 60, exist_again: 1 }] };
    expect((await api.ask('GET', path)).json).toEqual(all);
    const { code, stdout } = await installation.cli('undo', recorded, '--preview');
    expect([code, stdout.trim()]).toEqual([0, 'documents: 60 to put back; 1 exist again and would be left alone']);
    const token = await api.token('read', { workspaces: ['crimson'] });
    const own = { refusal: null, items: [{ ...documents, items: 30, exist_again: 0 }] };
    expect((await api.ask('GET', path, { token })).json).toEqual(own);
    await sql`delete from knowledge.documents where id = 'azure-10'`.execute(db);
    const { json: undone } = await api.ask('POST', path, { headers: wait });
    expect((await api.ask('GET', `/api/v1/runs/${recorded}/items`)).json.items).toEqual([]);
    for (const [runId, refusal] of [
      [recorded, 'the ledger holds nothing of run'],
      [undone.run_id, 'is of kind undo: there is nothing to put back'],
    ]) {
      const outlook = (await api.ask('GET', `/api/v1/runs/${runId}/undo`)).json;
      expect(outlook).toEqual({ refusal: expect.stringContaining(refusal), items: [] });
      expect((await installation.cli('undo', runId, '--preview')).code).toBe(1);
    }
  });

  it('the overview names the held run, and adds up what runs did', async () => {
    await sql`update knowledge.documents set expires_at = now() - interval '2 hours'
      where substring(id from '[0-9]+$')::int between 10 and 39`.execute(installation.parts.db);
    const { run_id } = (await api.ask('POST', '/api/v1/jobs/ttl-cleanup/runs', { headers: wait })).json;
    const { needs_you, changed, surveys } = (await api.ask('GET', '/api/v1/overview')).json;
    expect(needs_you.held).toMatchObject({ count: 1, runs: [{ run_id, due: 60, job: 'ttl-cleanup' }] });
    const removed = changed.find((one: { name: string }) => one.name === 'deleted_documents');
    expect(removed).toMatchObject({ collection: 'documents', count: 140 });
    expect(surveys).toMatchObject([{ job: 'ttl-cleanup', run_id, due: 60, rows: 80 }]);
    const approved = (await api.ask('POST', `/api/v1/runs/${run_id}/approve`, { headers: wait })).json;
    await api.ask('POST', `/api/v1/runs/${approved.run_id}/undo`, { headers: wait });
    // Many tabs share an answer for up to a second.
    await until(
      'the overview is asked anew',
      async () => (await api.ask('GET', '/api/v1/overview')).json.needs_you.held.count === 0,
    );
    const { collections } = (await api.ask('GET', '/api/v1/collections')).json;
    expect(collections.find((one: { name: string }) => one.name === 'documents')).toMatchObject({
      ...{ place: 'knowledge.documents', jobs: ['ttl-cleanup', 'document-refresh'] },
    });
  });

  it('holds are listed and lifted by name, never all of them', async () => {
    expect((await api.ask('GET', '/api/v1/holds?partition=crimson')).json.holds).toHaveLength(40);
    expect((await api.ask('POST', '/api/v1/holds/lift', { body: {} })).json).toMatchObject({
      status: 400,
      name: 'EmptyScopeError',
    });
    expect(
      (await api.ask('POST', '/api/v1/holds/lift', { body: { id: 'crimson-0', collection: 'documents' } })).json,
    ).toEqual({ lifted: 1 });
    expect((await api.ask('GET', '/api/v1/holds')).json.holds).toHaveLength(79);
  });

  it('dead letters are shown, tried again and dropped', async () => {
    const letters = await addLetters(installation, api, world.removed);
    const path = `/api/v1/dead-letters/${letters.crimson}`;
    expect((await api.ask('GET', path)).json).toMatchObject({ partition: 'crimson', attempts: 4, job: 'ttl-cleanup' });
    const retried = await api.ask('POST', `${path}/retry`, { headers: wait });
    // Nothing but the row whose hold was lifted is due, and only there.
    expect(retried.json).toMatchObject({ status: 'success', totals: { deleted_documents: 1 } });
    expect((await api.ask('GET', path)).status).toBe(404);
    const azure = `/api/v1/dead-letters/${letters.azure}`;
    expect((await api.ask('DELETE', azure)).json.partition).toBe('azure');
    expect((await api.ask('DELETE', azure)).status).toBe(404);
  });

  it('a lease is broken only by force while its holder may still work', async () => {
    // Nothing is known here of what goes on in another namespace.
    const run = { runId: 'run-elsewhere', workflowId: 'ttl-cleanup-elsewhere', namespace: 'elsewhere' };
    await takeLease(installation.parts.db, 'ttl-cleanup', run);
    expect((await api.ask('GET', '/api/v1/leases')).json.leases).toMatchObject([
      { name: 'ttl-cleanup', run_id: run.runId },
    ]);
    expect((await api.ask('POST', '/api/v1/leases/ttl-cleanup/break')).json.name).toBe('LeaseHeldError');
    const body = { force: true };
    expect((await api.ask('POST', '/api/v1/leases/ttl-cleanup/break', { body })).json.run_id).toBe(run.runId);
    expect((await api.ask('POST', '/api/v1/leases/ttl-cleanup/break', { body })).status).toBe(404);
  });

  it('schedules are paused, resumed and triggered', async () => {
    const path = `/api/v1/schedules/${installation.schedulePrefix}ttl-cleanup`;
    expect((await api.ask('POST', `${path}/pause`)).json.schedules).toMatchObject([{ paused: true }]);
    expect((await api.ask('POST', `${path}/resume`)).json.schedules).toMatchObject([{ paused: false }]);
    expect((await api.ask('GET', '/api/v1/schedules')).json.schedules[0].note).toMatch(/Resumed by token test /);
    const before = (await api.ask('GET', '/api/v1/runs')).json.runs.length;
    expect((await api.ask('POST', `${path}/trigger`)).status).toBe(202);
    await until('the triggered run is on record', async () => {
      const { runs } = (await api.ask('GET', '/api/v1/runs')).json;
      return runs.length > before && runs[0].finished_at !== null;
    });
    expect((await api.ask('POST', '/api/v1/schedules/no-such/pause')).json.name).toBe('UnknownScheduleError');
  });

  it('a run is cancelled, and one that has ended is not', async () => {
    const started = await installation.parts.db.transaction().execute(async (tx) => {
      // Its survey waits for us.
      await sql`lock table knowledge.documents in access exclusive mode`.execute(tx);
      const run = await api.ask('POST', '/api/v1/jobs/ttl-cleanup/runs');
      expect(run).toMatchObject({ status: 202, json: { status: 'running' } });
      expect((await api.ask('POST', `/api/v1/runs/${run.json.run_id}/cancel`)).status).toBe(202);
      return run.json;
    });
    const ended = await until('the run has ended', async () => {
      const { json } = await api.ask('GET', `/api/v1/runs/${started.run_id}`);
      return json.finished_at !== null && json;
    });
    expect(ended.status).toBe('cancelled');
    expect((await api.ask('POST', `/api/v1/runs/${started.run_id}/cancel`)).json.name).toBe('RunEndedError');
  });

  it('a held run is turned down', async () => {
    await sql`delete from coppice.holds`.execute(installation.parts.db);
    const held = (await api.ask('POST', '/api/v1/jobs/ttl-cleanup/runs', { headers: wait })).json;
    expect(held.status).toBe('held');
    expect(held.error.hint).toContain(`coppice approve ${held.run_id}`);
    const rejected = await api.ask('POST', `/api/v1/runs/${held.run_id}/reject`);
    expect(rejected.json).toMatchObject({ status: 'rejected', error: { name: 'HeldError', hint: null } });
  });

  it('a run that is not there is a 404 under every verb', async () => {
    for (const verb of ['approve', 'reject', 'cancel', 'undo'])
      expect((await api.ask('POST', `/api/v1/runs/no-such-run/${verb}`)).json.name).toBe('UnknownRunError');
    expect((await api.ask('GET', '/api/v1/runs/no-such-run/events')).status).toBe(404);
  });

  it('health', async () => {
    const { ok, jobs } = (await api.ask('GET', '/api/v1/health')).json;
    expect(ok).toBe(true);
    const cleanup = jobs.find((one: { id: string }) => one.id === 'ttl-cleanup');
    expect(cleanup.last_success_at).not.toBeNull();
    expect(cleanup.next_run).toMatch(/T02:00:00/);
    expect(cleanup.lag_ms).toBeGreaterThanOrEqual(0);
    expect((await api.ask('GET', '/livez', { token: null })).json).toEqual({ live: true });
    const { jobs: onMemories } = (await api.ask('GET', '/api/v2/jobs/status')).json;
    expect(onMemories.map((one: { id: string }) => one.id)).toEqual([
      ...['decay_job', 'dedup_job', 'cleanup_job'],
      ...['topic_extraction_job', 'insight_generation_job', 'weekly_report_job'],
    ]);
  });

  it('without a collection of questions there are no topics and no reports', async () => {
    const { data } = (await api.ask('GET', '/api/v2/insights/summary')).json;
    expect(data).toMatchObject({ top_topics: [], emerging: [], fading: [], recurring: [], unanswered: [] });
    expect((await api.ask('GET', '/api/v2/reports')).json).toEqual({ data: [] });
    expect((await api.ask('GET', '/api/v2/reports/0123')).status).toBe(404);
    const refused = await api.ask('POST', '/api/v2/reports/generate', { body: {} });
    expect(refused).toMatchObject({ status: 409, json: { name: 'NoQuestionsError' } });
  });

  it('every native operation has been seen to succeed, by its schema', async () => {
    await api.ask('GET', '/readyz');
    await api.ask('GET', `/api/v1/runs/${world.removed}/events`);
    const native = api.document.operations.filter(
      ({ path }) => !haveTheirOwn.some((one) => path.includes(one)) && path !== '/metrics',
    );
    const unseen = native.map(({ method, path }) => `${method} ${path}`).filter((one) => !api.succeeded.has(one));
    expect(unseen).toEqual([]);
  });
});
