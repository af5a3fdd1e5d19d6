import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Db } from '../../src/database/schema.ts';
import type { Installation } from '../support/installation.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { startTestApi, type TestApi } from './support/test-api.ts';
import { createWorld, stateOf } from './support/world.ts';

const json = { 'content-type': 'application/json' };
const runs = '/api/v1/jobs/ttl-cleanup/runs';
const nobody = { body: { parameters: { group: 'none' } } };
const maintain = '/api/v1/groups/maintain';

/** How often a token is looked up until `stop`. */
function countLooks({ parts: { db } }: Installation): { stop(): number } {
  let looks = 0;
  const spy = vi.spyOn(db, 'selectFrom').mockImplementation(function (this: Db, ...args: Parameters<Db['selectFrom']>) {
    if (JSON.stringify(args).includes('coppice.tokens')) looks += 1;
    return Object.getPrototypeOf(db).selectFrom.apply(db, args);
  });
  return {
    stop: () => {
      spy.mockRestore();
      return looks;
    },
  };
}

describeEndToEnd('problems of a request', (servers) => {
  let installation: Installation;
  let api: TestApi;
  let before: string;

  beforeAll(async () => {
    installation = await createWorld(servers);
    api = await startTestApi(installation, { corsOrigins: ['https://console.example.org'] });
    before = await stateOf(installation);
  });
  afterAll(async () => {
    await api?.close();
    await installation?.close();
  });

  it.each([
    ['a parameter that does not exist', 400, 'POST', runs, { body: { parameters: { max_age: 1 } } }],
    ['a parameter of another type', 400, 'POST', runs, { body: { parameters: { batch_size: '50' } } }],
    ['a parameter out of bounds', 400, 'POST', runs, { body: { parameters: { batch_size: 0 } } }],
    ['a group that nobody knows', 400, 'POST', '/api/v1/jobs/group-maintenance/preview', nobody],
    ['no group', 400, 'POST', maintain, {}],
    ['an empty group', 400, 'POST', `${maintain}?group_id=`, {}],
    ['every group', 400, 'POST', `${maintain}?group_id=*`, {}],
    ['a group with an invisible character', 400, 'POST', `${maintain}?group_id=scarlet%E2%80%8B`, {}],
    ['a group and a line', 400, 'POST', `${maintain}?group_id=scarlet%0D%0A`, {}],
    ['a group that is not UTF-8', 400, 'POST', `${maintain}?group_id=%ff`, {}],
    ['two groups', 400, 'POST', `${maintain}?group_id=scarlet&group_id=indigo`, {}],
    ['a group of too long a name', 400, 'POST', `${maintain}?group_id=${'x'.repeat(257)}`, {}],
    ['Cypher for a group', 404, 'POST', `${maintain}?group_id=${encodeURIComponent("'}) DETACH DELETE n //")}`, {}],
    ['a graph that is not there', 400, 'POST', `${maintain}?group_id=scarlet&graph=none`, {}],
    ['a head that does not fit', 431, 'GET', `/no-such-page?group_id=${'x'.repeat(20_000)}`, {}],
    ['an unknown key', 400, 'POST', runs, { body: { parameter: {} } }],
    ['a list for an object', 400, 'POST', runs, { body: [] }],
    ['broken JSON', 400, 'POST', runs, { raw: '{"parameters":', headers: json }],
    ['a prototype in JSON', 400, 'POST', runs, { raw: '{"__proto__": {"preview": true}}', headers: json }],
    ['an empty body that claims to be JSON', 400, 'POST', runs, { raw: '', headers: json }],
    ['another content type', 415, 'POST', runs, { raw: 'preview=true', headers: { 'content-type': 'text/plain' } }],
    ['a form', 415, 'POST', runs, { raw: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
    ['a large body', 413, 'POST', runs, { body: { parameters: { name: 'x'.repeat(70_000) } } }],
    ['an unknown job', 404, 'POST', '/api/v1/jobs/no-such-job/runs', {}],
    ['an unknown page', 404, 'GET', '/api/v1/no-such-page', {}],
    ['an unknown page outside', 404, 'GET', '/admin.php', {}],
    ['a method that is not there', 405, 'PUT', runs, {}],
    ['a method that is not there, on a page', 405, 'DELETE', '/api/v1/runs', {}],
    ['a misspelt filter', 400, 'POST', '/api/v1/holds/lift', { body: { partitions: 'a' } }],
    ['an empty filter', 400, 'POST', '/api/v1/holds/lift', { body: {} }],
    ['no filter', 400, 'POST', '/api/v1/holds/lift', {}],
    ['a filter by NUL', 400, 'POST', '/api/v1/holds/lift', { body: { partition: '\0' } }],
    ['a method of another kind', 405, 'QUERY', '/api/v1/holds', {}],
    ['a filter given twice', 400, 'GET', '/api/v1/runs?job=a&job=b', {}],
    ['a limit of none', 400, 'GET', '/api/v1/runs?limit=0', {}],
    ['a limit that is no number', 400, 'GET', '/api/v1/runs?limit=many', {}],
    ['a status that does not exist', 400, 'GET', '/api/v1/runs?status=done', {}],
    ['a NUL in a path', 400, 'GET', '/api/v1/runs/%00', {}],
    ['a NUL in a query', 400, 'GET', '/api/v1/holds?partition=%00', {}],
    ['a path that is not UTF-8', 400, 'GET', '/api/v1/runs/%ff%fe', {}],
    ['SQL in a path', 404, 'GET', `/api/v1/runs/${encodeURIComponent("'; drop table coppice.runs; --")}`, {}],
    ['a path that climbs', 404, 'GET', '/docs/static/%2e%2e/%2e%2e/package.json', {}],
    ['a part of a path that is too long', 414, 'GET', `/api/v1/runs/${'x'.repeat(2_001)}`, {}],
    ['a very long path', 404, 'GET', `/api/v1/runs/${'x'.repeat(400)}`, {}],
  ] as const)('%s: %i, a problem document, and nothing changed', async (_name, status, method, path, ask) => {
    const answer = await api.ask(method, path, ask);
    expect({ status: answer.status, text: answer.text }).toMatchObject({ status });
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.json.title).not.toBe('Internal error');
    expect(answer.json).toMatchObject({ status, request_id: answer.headers.get('x-request-id') ?? expect.any(String) });
    expect(answer.text).not.toMatch(/node_modules|\.ts:|\bat \w+ \(|postgres:\/\//);
    if (status === 405) expect(answer.headers.get('allow')).toMatch(/GET|POST/);
    expect(await stateOf(installation)).toBe(before);
  });

  it('request ids: a sane one is kept, another is replaced', async () => {
    const idFor = async (id: string) =>
      (await api.ask('GET', '/livez', { headers: { 'x-request-id': id } })).headers.get('x-request-id');
    expect(await idFor('abc-123.DEF_4')).toBe('abc-123.DEF_4');
    for (const odd of ['with space', 'x'.repeat(200), '"}{"']) expect(await idFor(odd)).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('security headers, and nothing that a cache may keep', async () => {
    const { headers } = await api.ask('GET', '/api/v1/runs');
    expect(headers.get('content-security-policy')).toBe("default-src 'none';frame-ancestors 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-powered-by') ?? headers.get('server')).toBeNull();
  });

  it('the page of the documentation reads the document that everybody reads', async () => {
    const read = async (path: string): Promise<unknown> => (await fetch(`${api.url}${path}`)).json();
    expect(await read('/docs/json')).toEqual(await read('/openapi.json'));
  });

  it('origins that are named may call it from a browser, no others', async () => {
    const allowed = async (origin: string) =>
      (await api.ask('GET', '/livez', { headers: { origin } })).headers.get('access-control-allow-origin');
    expect(await allowed('https://console.example.org')).toBe('https://console.example.org');
    expect(await allowed('https://elsewhere.example')).toBeNull();
  });

  it('a request that is not HTTP is refused, and the server continues', async () => {
    const url = new URL('/api/v1/runs/%zz', api.url);
    const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
      request({ host: url.hostname, port: url.port, path: '/api/v1/runs/%zz' }, resolve).on('error', reject).end();
    });
    expect(response.statusCode).toBe(400);
    expect(response.headers['content-type']).toMatch(/problem\+json/);
    expect(JSON.parse(await text(response)).name).toBe('InvalidRequestError');
    expect((await api.ask('GET', '/livez')).status).toBe(200);
  });

  describe('limits', () => {
    it('of runs that have not begun: 429 with Retry-After', async () => {
      const { parts } = installation;
      const config = { ...parts.config, runs: { queueSize: 0 } };
      const full = await startTestApi({
        ...installation,
        context: { ...installation.context, parts: { ...parts, config } },
      });
      try {
        const refused = await full.ask('POST', runs);
        expect(refused).toMatchObject({ status: 429, json: { name: 'TooManyRunsError' } });
        expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
        expect((await full.ask('POST', '/api/v1/background-jobs/jobs/ttl-cleanup/execute')).status).toBe(429);
      } finally {
        await full.close();
      }
    });

    it('of wrong tokens: many at once cost few looks into the database, and a valid token of the same address passes', async () => {
      const limited = await startTestApi(installation, { failedAttemptsPerMinute: 5 });
      try {
        const wrong = (at: number) => `coppice_${String(at).padStart(12, '0')}_${'x'.repeat(43)}`;
        const looks = countLooks(installation);
        const ask = (token: string | null) => limited.ask('GET', '/api/v1/jobs', { token });
        const statuses = await Promise.all(Array.from({ length: 200 }, async (_, at) => (await ask(wrong(at))).status));
        expect(statuses.filter((status) => status === 401)).toHaveLength(5);
        expect(statuses.filter((status) => status === 429)).toHaveLength(195);
        // Five by id, and the list of valid tokens, at most once a second.
        expect(looks.stop()).toBeLessThan(20);
        const refused = await ask('nonsense');
        expect(refused).toMatchObject({ status: 429, json: { name: 'TooManyAttemptsError' } });
        expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
        expect((await ask(null)).status).toBe(429);
        for (let at = 0; at < 20; at++) expect((await ask(limited.admin)).status).toBe(200);
      } finally {
        await limited.close();
      }
    });

    it('of pages that are not there: they count for the address, and what a token may ask does not suffer', async () => {
      // The OpenAPI document, which every test reads first, is the first of six.
      const limited = await startTestApi(installation, { rateLimitPerMinute: 6 });
      try {
        const statuses = [];
        for (let at = 0; at < 8; at++)
          statuses.push((await limited.ask('GET', '/no-such-page', { token: null })).status);
        expect(statuses).toEqual([404, 404, 404, 404, 404, 429, 429, 429]);
        expect((await limited.ask('GET', '/api/v1/jobs')).status).toBe(200);
      } finally {
        await limited.close();
      }
    });

    it('behind a trusted proxy the client that it names counts, and no other header does', async () => {
      for (const [trustProxy, last] of [
        [['127.0.0.0/8'], 401],
        [[], 429],
      ] as const) {
        const limited = await startTestApi(installation, { failedAttemptsPerMinute: 2, trustProxy });
        try {
          const statuses = [];
          for (const client of ['192.0.2.1', '192.0.2.1', '192.0.2.2']) {
            const headers = { 'x-forwarded-for': client };
            statuses.push((await limited.ask('GET', '/api/v1/jobs', { token: 'nonsense', headers })).status);
          }
          expect(statuses).toEqual([401, 401, last]);
        } finally {
          await limited.close();
        }
      }
    });

    it('of one address: 429 with Retry-After; liveness is always answered', async () => {
      const limited = await startTestApi(installation, { rateLimitPerMinute: 5 });
      try {
        const statuses = [];
        for (let at = 0; at < 6; at++) statuses.push((await limited.ask('GET', '/api/v1/jobs')).status);
        expect(statuses.at(-1)).toBe(429);
        const { json: problem, headers } = await limited.ask('GET', '/api/v1/jobs');
        expect(problem).toMatchObject({ status: 429, name: 'RateLimitError' });
        expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
        expect((await limited.ask('GET', '/livez')).status).toBe(200);
      } finally {
        await limited.close();
      }
    });
  });
});
