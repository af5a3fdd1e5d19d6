import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runJob } from '../../src/operations/runs/run.ts';
import { listRunPage } from '../../src/operations/runs/runs.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { until } from '../support/until.ts';
import { readEvents, type StreamedEvent } from './support/event-stream.ts';
import { startTestApi } from './support/test-api.ts';

describeEndToEnd('a server that receives SIGTERM', (servers) => {
  let installation: Installation;

  beforeAll(async () => {
    installation = await createInstallation(servers);
  });
  afterAll(() => installation?.close());

  /** Statements that wait for a lock on the runs. */
  async function waiting(): Promise<number> {
    const { rows } = await sql<{ count: number }>`select count(*)::int as count from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(installation.parts.db);
    return rows[0]?.count ?? 0;
  }

  it('listens no more, answers what it was asked before, and only then are its stores closed', async () => {
    const { db } = installation.parts;
    const api = await startTestApi(installation);
    let closed = false;
    let closing: Promise<void> = Promise.resolve();
    const asked = await db.transaction().execute(async (tx) => {
      await sql`lock table coppice.runs in access exclusive mode`.execute(tx);
      const requests = Array.from({ length: 6 }, (_, at) => api.ask('GET', `/api/v1/runs?limit=${at + 1}`));
      await until('all of them wait for the database', async () => (await waiting()) >= 6);
      closing = api.close().then(() => {
        closed = true;
      });
      await until('nobody is listened to any more', () =>
        fetch(`${api.url}/livez`).then(
          () => false,
          () => true,
        ),
      );
      expect(closed).toBe(false);
      return requests;
    });
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual(asked.map(() => 200));
    await closing;
  });

  it('closes runs whose workflow has ended in the background, and no list of runs waits for Temporal', async () => {
    const api = await startTestApi(installation);
    const { run_id, workflow_id } = (await api.ask('POST', '/api/v1/jobs/upkeep/runs')).json;
    await installation.client.workflow.getHandle(workflow_id).terminate();
    await until('its record is closed', async () => {
      const { runs } = (await api.ask('GET', '/api/v1/runs?status=cancelled')).json;
      return runs.some((one: { run_id: string }) => one.run_id === run_id);
    });
    await api.close();

    const unasked = () => Promise.reject(new Error('Temporal was asked'));
    const context = { ...installation.context, client: unasked };
    await runJob(installation.context, 'upkeep', {}, { preview: false });
    const page = { job: null, status: null, since: null, limit: 50, cursor: null };
    const { runs } = await listRunPage({ ...context, server: context }, page);
    expect(runs.map(({ job, status }) => ({ job, status }))).toContainEqual({ job: 'upkeep', status: 'pending' });
    await sql`delete from coppice.runs`.execute(installation.parts.db);
  });

  it('ends streams of events, and requests that wait for a run, in good order', async () => {
    const api = await startTestApi(installation);
    const headers = { authorization: `Bearer ${api.admin}` };
    // Nobody carries it out.
    const { run_id } = (await api.ask('POST', '/api/v1/jobs/ttl-cleanup/runs')).json;
    const stream = readEvents(await fetch(`${api.url}/api/v1/runs/${run_id}/events`, { headers }));
    const first = await stream.next();
    expect(first.value?.type).toBe('progress');
    const patient = api.ask('POST', '/api/v1/jobs/ttl-cleanup/runs', { headers: { prefer: 'wait=60' } });
    await until('the second run is asked for', async () => {
      const { rows } = await sql`select from coppice.runs where status = 'pending'`.execute(installation.parts.db);
      return rows.length === 2;
    });
    await api.close();
    const rest: StreamedEvent[] = [];
    for await (const event of stream) rest.push(event);
    expect(rest.filter(({ type }) => type !== 'comment')).toEqual([]);
    expect(await patient).toMatchObject({ status: 202, json: { job: 'ttl-cleanup' } });
  });
});
