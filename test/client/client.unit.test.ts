import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { ApiError, createClient, UnreachableError } from '../../src/public/client.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

async function serverThat(answers: RequestListener): Promise<string> {
  const server = createServer(answers);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test.each([
  ['', '/api/v1/jobs'],
  ['/', '/api/v1/jobs'],
  ['/coppice', '/coppice/api/v1/jobs'],
  ['/coppice/', '/coppice/api/v1/jobs'],
])('below the path "%s" of a server it asks for %s', async (path, asked) => {
  const seen: (string | undefined)[] = [];
  const url = await serverThat((request, response) => {
    seen.push(request.url);
    response.setHeader('content-type', 'application/json').end('{"jobs": []}');
  });
  await createClient({ url: url + path, token: 't' }).call('GET /api/v1/jobs');
  expect(seen).toEqual([asked]);
});

test.each([
  ['a page of a proxy', 200, 'text/html', '<html>', 'NotJsonError'],
  ['nothing', 200, 'application/json', '', 'NotJsonError'],
  ['an error that is no JSON', 502, 'application/json', '<html>', 'HttpError'],
  ['an error that is null', 500, 'application/json', 'null', 'HttpError'],
])('%s is an ApiError', async (_, status, type, body, name) => {
  const url = await serverThat((_request, response) => {
    response.writeHead(status, { 'content-type': type, 'retry-after': '7' }).end(body);
  });
  const error = await createClient({ url, token: 't' })
    .call('GET /api/v1/jobs')
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ name, status });
});

test('an answer that stops in the middle is none, and an aborted call rejects with the reason of its signal', async () => {
  const url = await serverThat((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).write('{"jobs":');
  });
  const client = createClient({ url, token: 't', timeoutMs: 50 });
  await expect(client.call('GET /api/v1/jobs')).rejects.toBeInstanceOf(UnreachableError);
  const reason = new Error('the application ends');
  const signal = AbortSignal.abort(reason);
  await expect(client.call('GET /api/v1/jobs', { signal })).rejects.toBe(reason);
});
