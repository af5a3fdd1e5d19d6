import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Installation } from '../support/installation.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { until } from '../support/until.ts';
import { readEvents, type StreamedEvent } from './support/event-stream.ts';
import { startTestApi, type TestApi } from './support/test-api.ts';
import { createWorld } from './support/world.ts';

describeEndToEnd('progress of a run as server-sent events', (servers) => {
  let installation: Installation;
  let api: TestApi;

  beforeAll(async () => {
    installation = await createWorld(servers);
    api = await startTestApi(installation, { heartbeatMs: 20 });
  });
  afterAll(async () => {
    await api?.close();
    await installation?.close();
  });

  const open = (run: string, headers: Record<string, string> = {}, signal?: AbortSignal) =>
    fetch(`${api.url}/api/v1/runs/${run}/events`, {
      headers: { authorization: `Bearer ${api.admin}`, ...headers },
      ...(signal === undefined ? {} : { signal }),
    });

  it('sends each change once, keeps the connection alive, and ends with the run', async () => {
    const { db } = installation.parts;
    const events: StreamedEvent[] = [];
    let run = '';
    let stream: AsyncGenerator<StreamedEvent> | undefined;
    await db.transaction().execute(async (tx) => {
      // Its survey waits for us.
      await sql`lock table knowledge.documents in access exclusive mode`.execute(tx);
      run = (await api.ask('POST', '/api/v1/jobs/ttl-cleanup/runs')).json.run_id;
      const response = await open(run);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('text/event-stream');
      stream = readEvents(response);
      for (let comments = 0; comments < 3; ) {
        const { value } = await stream.next();
        if (value !== undefined) events.push(value);
        comments = events.filter(({ type }) => type === 'comment').length;
      }
    });
    for await (const event of stream ?? []) events.push(event);
    const told = events.filter(({ type }) => type !== 'comment');
    expect(told[0]?.type).toBe('progress');
    expect(told.at(-1)).toMatchObject({ type: 'end', data: { run_id: run, status: 'success' } });
    expect(told.at(-1)?.data.totals.deleted_documents).toBe(20);
    const ids = told.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(told.filter(({ type }) => type === 'end')).toHaveLength(1);

    // A client that reconnects with the last id receives no event twice, and is told to stop after the end.
    const again = await open(run, { 'last-event-id': ids[0] ?? '' });
    const rest: StreamedEvent[] = [];
    for await (const event of readEvents(again)) rest.push(event);
    expect(rest.filter(({ type }) => type !== 'comment').map(({ id }) => id)).toEqual(ids.slice(-1));
    expect((await open(run, { 'last-event-id': ids.at(-1) ?? '' })).status).toBe(204);
  });

  it('no more streams than the server can bear, and those that go make room', async () => {
    const { db } = installation.parts;
    await db.transaction().execute(async (tx) => {
      await sql`lock table knowledge.documents in access exclusive mode`.execute(tx);
      const run = (await api.ask('POST', '/api/v1/jobs/ttl-cleanup/runs')).json.run_id;
      const leaving = new AbortController();
      const statuses = (await Promise.all(Array.from({ length: 500 }, () => open(run, {}, leaving.signal)))).map(
        ({ status }) => status,
      );
      expect(statuses.filter((status) => status === 200)).toHaveLength(50);
      expect(statuses.filter((status) => status === 429)).toHaveLength(450);
      const refused = await api.ask('GET', `/api/v1/runs/${run}/events`);
      expect(refused).toMatchObject({ status: 429, json: { name: 'TooManyStreamsError' } });
      expect(refused.headers.get('retry-after')).toBe('5');
      leaving.abort();
      const next = await until('there is room again', async () => {
        const response = await open(run);
        return response.status === 200 && response;
      });
      await next.body?.cancel();
    });
  });
});
