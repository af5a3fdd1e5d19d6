import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runJob } from '../../src/operations/runs/run.ts';
import { listRunPage } from '../../src/operations/runs/runs.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { until } from '../support/until.ts';
import { readEvents, type StreamedEvent } from './support/event-stream.ts';
import { startTestApi } from './support/test-api.ts';

/** The program of a thread: sends a request on each of many connections, and says how each was answered. */
const sendAll = `
  const { parentPort, workerData: { port, count, sent } } = require('node:worker_threads');
  parentPort.once('message', (request) => {
    const answers = Array.from({ length: count }, () => new Promise((resolve) => {
      let text = '';
      const socket = require('node:net').connect(port, '127.0.0.1');
      socket.on('connect', () => socket.write(request, () => { Atomics.add(sent, 0, 1); Atomics.notify(sent, 0); }));
      socket.on('data', (data) => { text += data; });
      socket.on('error', (error) => resolve(error.code));
      socket.on('close', () => resolve(text.split('\\r\\n')[0]));
    }));
    Promise.all(answers).then((all) => parentPort.postMessage(all));
  });`;

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

  it('answers requests that waited for it to accept their connections', async () => {
    const api = await startTestApi(installation);
    const count = 20;
    const sent = new Int32Array(new SharedArrayBuffer(4));
    const client = new Worker(sendAll, {
      eval: true,
      workerData: { port: Number(new URL(api.url).port), count, sent },
    });
    await once(client, 'online');
    const answers = once(client, 'message');
    client.postMessage(`GET /api/v1/jobs HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${api.admin}\r\n\r\n`);
    // The server's thread stands still, so that the system alone answers the connections.
    for (let done = 0; done < count; done = Atomics.load(sent, 0)) Atomics.wait(sent, 0, done, 20_000);
    await api.close();
    expect((await answers)[0]).toEqual(Array.from({ length: count }, () => 'HTTP/1.1 200 OK'));
    await client.terminate();
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
