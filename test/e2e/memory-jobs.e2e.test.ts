import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../api/support/test-api.ts';
import { bytesAsText } from '../support/bytes-as-text.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { until } from '../support/until.ts';

const day = 86_400_000;
const ago = (days: number) => new Date(Date.now() - days * day).toISOString();

describeEndToEnd('the jobs on memories under their short words', (servers) => {
  let installation: Installation;
  let api: TestApi;
  const cli = (...args: string[]) => installation.cli(...args, '--json');

  beforeAll(async () => {
    const brake = { max_share: 1, max_partition_share: 1, max_weekly_share: 1 };
    installation = await createInstallation({
      ...servers,
      settings: {
        collections: { documents: {}, facts: { kind: 'memories' } },
        jobs: { 'memory-dedup': { brake }, 'memory-cleanup': { brake }, 'memory-consolidation': { brake } },
      },
    });
    api = await startTestApi(installation);
  });
  afterAll(async () => {
    await api?.close();
    await installation?.close();
  });

  const old = { user: 'ann', tier: 'SHORT', created_at: ago(60), last_accessed_at: ago(60) };
  const memories = [
    { ...old, id: 'low', content: 'low', score: 0.2 },
    { ...old, id: 'near', content: 'near', score: 0.301 },
    { ...old, id: 'high', content: 'high', score: 0.9, access_count: 1, links: ['copy'] },
    {
      ...old,
      id: 'copy',
      content: 'high',
      score: 0.8,
      access_count: 2,
      links: ['near', 'x'],
      last_accessed_at: ago(1),
    },
    { ...old, id: 'other', content: 'high', score: 0.8, user: 'bob', vector: [1, 2, 3] },
  ];
  const left = async () => {
    const { rows } = await sql<{ id: string; score: number; access_count: number | null; links: unknown }>`
      select id, score, access_count, links from knowledge.facts order by id`.execute(installation.parts.db);
    return rows;
  };

  it('memories are loaded; a line that is refused is named', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'coppice-memories-')), 'memories.jsonl');
    const lines = [
      ...memories.map((one) => JSON.stringify(one)),
      '{"id": "nobody"}',
      '{"id": "n", "user": "u", "vector": []}',
      JSON.stringify({ ...memories[0], user: 'somebody else' }),
    ];
    writeFileSync(file, lines.join('\n'));
    const { code, json } = await cli('load', 'memories', file);
    expect(code).toBe(5);
    expect(json).toMatchObject({ collection: 'facts', loaded_memories: 5, failed_lines: 3 });
    expect(json.problems).toMatchObject(
      [
        { line: 6, message: 'user is missing' },
        { line: 7, message: /^vector must be a list/ },
        { line: 8, message: 'its id exists for another user already: the memory was not written' },
      ].map(({ line, message }) => ({
        line,
        message: typeof message === 'string' ? message : expect.stringMatching(message),
      })),
    );
    expect(await left()).toHaveLength(5);
  });

  it('the status names each job, when it starts next in UTC, and that nobody works', async () => {
    const { json } = await api.ask('GET', '/api/v2/jobs/status');
    expect(json).toEqual({
      status: 'no_worker',
      jobs: [
        { id: 'decay_job', name: 'Daily importance decay', next_run: null },
        { id: 'dedup_job', name: 'Weekly memory deduplication', next_run: null },
        { id: 'cleanup_job', name: 'Weekly memory cleanup', next_run: null },
        { id: 'topic_extraction_job', name: 'Topic extraction', next_run: null },
        { id: 'insight_generation_job', name: 'Insight generation', next_run: null },
        { id: 'weekly_report_job', name: 'Weekly report', next_run: null },
      ],
    });
    await installation.worker();
    // The Temporal server lists a worker once it has polled.
    const status = async () => (await api.ask('GET', '/api/v2/jobs/status')).json;
    await until('the worker polls', async () => (await status()).status === 'running');
    const running = await status();
    expect(running.jobs[0].next_run).toMatch(/^\d{4}-\d{2}-\d{2} 03:00:00$/);
    expect(running.jobs[1].next_run).toMatch(/^\d{4}-\d{2}-\d{2} 04:00:00$/);
    await api.ask('POST', `/api/v1/schedules/${installation.schedulePrefix}memory-decay/pause`);
    const paused = (await api.ask('GET', '/api/v2/jobs/status')).json;
    expect(paused).toMatchObject({
      status: 'running',
      jobs: [{ id: 'decay_job', next_run: null }, {}, {}, {}, {}, {}],
    });
  });

  it('one word runs its job and waits; the result has the fields of the scheduler that teams come from', async () => {
    const { code, json } = await cli('run', 'dedup');
    expect(code).toBe(0);
    expect(json).toMatchObject({ job: 'dedup', status: 'success', affected_count: 1 });
    expect(json.totals).toMatchObject({ deleted_memories: 1, affected_count: 1 });
    expect(json.execution_time_ms).toEqual(expect.any(Number));
    expect(await left()).toMatchObject([
      { id: 'high', access_count: 3, links: ['near', 'x'] },
      { id: 'low' },
      { id: 'near' },
      { id: 'other' },
    ]);
    const undone = await cli('undo', json.run_id, '--wait');
    expect(undone.json).toMatchObject({ status: 'success', totals: { restored_memories: 1, unmerged_memories: 1 } });
    expect(await left()).toHaveLength(5);
    await cli('holds', 'lift', '--collection', 'facts');
    const full = await cli('run', 'memory-dedup', '--wait');
    expect(full.json).toMatchObject({ job: 'memory-dedup', affected_count: 1, totals: { affected_count: 1 } });
  });

  it('all runs one after the other, and removes nothing that its decay has just lowered', async () => {
    const { code, json } = await cli('run', 'all');
    expect(code).toBe(0);
    expect(json).toMatchObject({
      job: 'all',
      affected_count: 4,
      results: [
        { job: 'decay', status: 'success', affected_count: 3 },
        { job: 'dedup', status: 'success', affected_count: 0 },
        { job: 'cleanup', status: 'success', affected_count: 1, totals: { deleted_memories: 1 } },
      ],
    });
    expect(json.execution_time_ms).toBeGreaterThan(0);
    expect(await left()).toMatchObject([{ id: 'high' }, { id: 'near', score: 0.301 * 0.95 }, { id: 'other' }]);
  });

  it('all goes on after a held job, and ends with the worst exit code', async () => {
    await sql`update coppice.decay_bases set counted_from = counted_from - interval '9 days'`.execute(
      installation.parts.db,
    );
    await sql`insert into knowledge.facts (id, user_id, content, score, last_accessed_at)
      select 'm' || n, 'carl', 'fact ' || n / 2, 1, now() - interval '60 days' from generate_series(1, 400) n`.execute(
      installation.parts.db,
    );
    await cli('run', 'decay');
    await sql`update coppice.decay_bases set counted_from = counted_from - interval '9 days'`.execute(
      installation.parts.db,
    );
    const { code, json } = await cli('run', 'all');
    expect(json.results.map(({ job, status }: { job: string; status: string }) => [job, status])).toEqual([
      ['decay', 'held'],
      ['dedup', 'success'],
      ['cleanup', 'success'],
    ]);
    expect(code).toBe(3);
    const status = await cli('status');
    expect([status.code, status.json.ok]).toEqual([1, false]);
    const what = status.json.needs.find(({ kind }: { kind: string }) => kind === 'held_run');
    expect(what).toMatchObject({
      what: expect.stringMatching(/^memory-decay is held since .+ are due/),
      command: `coppice runs show ${json.results[0].run_id}`,
    });
    const refused = await cli('run', 'all', '--set', 'tier=MID');
    expect(refused.code).toBe(2);
    expect(refused.json.error.message).toContain('--set is for one job');
  });

  it('memories that say the same are previewed, merged and unmerged, and their texts stay out of history', async () => {
    const { db } = installation.parts;
    await sql`insert into knowledge.facts (id, user_id, content, score, access_count, embedding) values
      ('r1', 'dora', 'Prefers the Canary blend.', 0.9, 1, '[1,0,0]'), ('r2', 'dora', 'prefers the Canary blend', 0.5, 2, '[1,0.01,0]'),
      ('r3', 'dora', 'Lives in Graz', 0.5, 1, '[0,1,0]')`.execute(db);
    const preview = await cli('preview', 'memory-consolidation');
    expect(preview.json).toMatchObject({ survey: { due: 1 } });
    const { json: run } = await cli('run', 'memory-consolidation', '--wait');
    expect(run).toMatchObject({ status: 'success', totals: { deleted_memories: 1, reverted_clusters: 0 } });
    const ofDora = async () => (await left()).filter(({ id }) => id.startsWith('r'));
    expect(await ofDora()).toMatchObject([{ id: 'r1', access_count: 3 }, { id: 'r3' }]);
    const history = await installation.client.workflow.getHandle(run.workflow_id).fetchHistory();
    const text = bytesAsText(history);
    expect(text).toContain('memory-consolidation');
    expect(text).not.toMatch(/canary|dora/i);
    await cli('undo', run.run_id, '--wait');
    expect(await ofDora()).toMatchObject([{ id: 'r1', access_count: 1 }, { id: 'r2' }, { id: 'r3' }]);
  });
});
