import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { digestNotice } from '../../src/activities/health-check/digest-notice.ts';
import { alertNotice } from '../../src/activities/webhook/notice.ts';
import { postNotice, WebhookError } from '../../src/activities/webhook/post.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

const at = new Date('2026-01-05T10:00:00Z');
const alert = { ...{ id: '7', rule: 'dead_letters', subject: 's', message: 'm', fired_at: at, seen_at: at } };
const noticeOf = (installation: string) =>
  alertNotice({ ...alert, resolved_at: null, firing_sent_at: null, resolved_sent_at: null }, 'firing', installation);
const post = (url: string) =>
  postNotice({ url, format: 'coppice', secret: 'a-secret', routingKey: null }, noticeOf('i1'));

async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}
const receiver = (answer: RequestListener) => listen(createServer(answer));

/** The error, in which no secret of the address may be. */
async function refusal(url: string): Promise<WebhookError> {
  const error = await post(url).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof WebhookError)) throw new Error(`no WebhookError: ${error}`);
  expect(`${error.message} ${error.stack}`).not.toMatch(/T000|password|a-secret/);
  expect(error.cause).toBeUndefined();
  return error;
}

test('a redirect is not followed, wherever it leads', async () => {
  const asked: string[] = [];
  const inner = await receiver((request, response) => {
    asked.push(request.url ?? '');
    response.end();
  });
  const port = await receiver((_, response) => {
    response.writeHead(307, { location: `http://127.0.0.1:${inner}/latest/meta-data` }).end();
  });
  const { message } = await refusal(`http://user:password@127.0.0.1:${port}/services/T000`);
  expect(message).toBe(`the webhook did not answer (unexpected redirect): 127.0.0.1:${port}`);
  expect(asked).toEqual([]);
});

test.each([
  [400, true],
  [404, false],
  [429, false],
  [500, false],
])('an answer of %i is named with the host, and is of this notice alone: %s', async (status, onlyThis) => {
  const port = await receiver((_, response) => {
    response.writeHead(status, { 'retry-after': '3600' }).end('no');
  });
  const error = await refusal(`http://127.0.0.1:${port}/services/T000`);
  expect(error.message).toBe(`the webhook answered ${status}: 127.0.0.1:${port}`);
  expect(error.onlyThis).toBe(onlyThis);
});

test('a failure of TLS is named as the reason', async () => {
  const port = await receiver((_, response) => {
    response.end();
  });
  expect((await refusal(`https://127.0.0.1:${port}/services/T000`)).message).toMatch(
    /^the webhook did not answer \([A-Z_]*SSL[A-Z_]*\): 127\.0\.0\.1:\d+$/,
  );
});

test('an answer without end is not read', async () => {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const port = await receiver((_, response) => {
    response.on('close', resolve);
    const chunk = Buffer.alloc(65_536);
    const more = () => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on('drain', more);
    more();
  });
  await post(`http://127.0.0.1:${port}/`);
  await closed;
});

test('installations that tell one receiver have ids of their own', () => {
  expect(noticeOf('i1').id).not.toBe(noticeOf('i2').id);
  expect(noticeOf('i1').id).toBe(noticeOf('i1').id);
  const needs = { held_runs: 0, dead_letters: [], alerts: { count: 0, latest: [] }, proposals: 0, merges: 0 };
  const digest = { week_until: '2026-01-05T07:00:00Z', needs, runs: [], changed: [] };
  expect(digestNotice(digest, 'i1').id).not.toBe(digestNotice(digest, 'i2').id);
});
