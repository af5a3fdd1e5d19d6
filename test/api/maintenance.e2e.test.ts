import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whyNoGroupId } from '../../src/domain/group-id.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { until } from '../support/until.ts';
import { checksums, loadGroups, loadOrphans } from './support/graph-world.ts';
import { startTestApi, type TestApi } from './support/test-api.ts';
import { runTimerFunction } from './support/timer-function.ts';
import { quietJobs } from './support/world.ts';

const brake = { max_share: 1, max_partition_share: 0.9, max_weekly_share: 1, floor_rows: 20 };
const odd = 'o\'brien "blue"/漢字 & sons';
const groups = ['crimson', 'emerald', odd];
const nothing = { orphan_entities_cleaned: 0, stale_edges_cleaned: 0, deprecated_vectors_cleaned: 0 };

describeEndToEnd('the URLs that timer functions call', (servers) => {
  let installation: Installation;
  let api: TestApi;
  let timer: string;

  beforeAll(async () => {
    const jobs = { ...quietJobs, 'group-maintenance': { schedules: [], brake, retry: { max_retries: 0 } } };
    installation = await createInstallation({ ...servers, settings: { graphs: { graph: null }, jobs } });
    await loadGroups(installation, groups);
    await installation.worker();
    api = await startTestApi(installation);
    timer = await api.token('run', { groups });
  });
  afterAll(async () => {
    await api?.close();
    await installation?.close();
  });

  const of = (group: string) => ({ headers: { 'x-group-id': encodeURIComponent(group) } });
  const call = (verb: string, group: string, body?: unknown) =>
    api.ask('POST', `/maintenance/${verb}`, { ...of(group), ...(body === undefined ? {} : { body }) });
  const stale = async (token = api.admin) =>
    (await api.ask('GET', '/maintenance/admin/groups/stale', { token })).json.groups.map(
      (one: { group_id: string }) => one.group_id,
    );

  it('collects and recomputes every stale group, one after the other, and then there is none', async () => {
    for (const group of groups) {
      const marked = await api.ask('POST', `/api/v1/groups/mark-stale?group_id=${encodeURIComponent(group)}`);
      expect(marked).toMatchObject({ status: 200, json: { group_id: group, gds_stale: true } });
    }
    const reports = await runTimerFunction(api.url, timer);
    expect(reports).toEqual(groups.map((group_id) => ({ group_id, collected: 4, recomputed: true, error: null })));
    expect(await runTimerFunction(api.url, timer)).toEqual([]);
    const { rows } = await sql`select group_id from knowledge.graph_entities where id = 'lost'`.execute(
      installation.parts.db,
    );
    expect(rows).toEqual([]);
  });

  it('groups that only the graph knows are listed before the first run', async () => {
    await loadGroups(installation, ['amber']);
    // A server looks through the graph at most twice a minute: this one has not looked yet.
    const other = await startTestApi(installation);
    const { json } = await other.ask('GET', '/maintenance/admin/groups/stale');
    expect(json.truncated).toBe(false);
    expect(json.groups.filter((one: { group_id: string }) => one.group_id === 'amber')).toMatchObject([
      { graph: 'graph', gds_stale: true, needs_gds_recompute: true, stale_reason: 'new', last_collection_at: null },
    ]);
    // Reading registers nothing, and a token for other groups does not learn of it.
    const known = await sql`select from coppice.graph_groups where group_id = 'amber'`.execute(installation.parts.db);
    expect(known.rows).toHaveLength(0);
    const listed = async (token: string) =>
      (await other.ask('GET', '/maintenance/admin/groups/stale', { token })).text.includes('amber');
    expect(await listed(timer)).toBe(false);
    expect((await call('run-all-gc', 'amber')).status).toBe(200);
    expect((await call('recompute-gds', 'amber')).status).toBe(200);
    expect(await listed(other.admin)).toBe(false);
    await other.close();
    for (const table of ['entities', 'documents', 'mentions', 'relations', 'vectors'])
      await sql`delete from ${sql.id('knowledge', `graph_${table}`)} where group_id = 'amber'`.execute(
        installation.parts.db,
      );
    await sql`delete from coppice.graph_groups where group_id = 'amber'`.execute(installation.parts.db);
  });

  it('"X-Group-ID: *" starts one run for all stale groups; a CronJob sends it with a content type and no body', async () => {
    for (const group of ['crimson', 'emerald']) await api.ask('POST', `/api/v1/groups/mark-stale?group_id=${group}`);
    const headers = { 'x-group-id': '*', 'content-type': 'application/json' };
    const limited = await api.ask('POST', '/maintenance/run-all-gc', { headers, raw: '', token: timer });
    expect(limited).toMatchObject({ status: 403, json: { name: 'LimitedTokenError' } });
    const started = await api.ask('POST', '/maintenance/run-all-gc', { headers, raw: '' });
    expect(started).toMatchObject({ status: 202, json: { job: 'group-maintenance', parameters: {}, kind: 'sweep' } });
    const location = started.headers.get('location') ?? '';
    await until('all groups are done', async () => (await api.ask('GET', location)).json.status === 'success');
    expect(await stale()).toEqual([]);
    const again = await api.ask('POST', '/maintenance/recompute-gds', { headers, raw: '' });
    expect(again).toMatchObject({ status: 202, json: { job: 'graph-recompute' } });
    const next = again.headers.get('location') ?? '';
    await until('it has ended', async () => (await api.ask('GET', next)).json.status === 'success');
    const one = { headers: { ...of('crimson').headers, 'content-type': 'application/json' }, raw: '' };
    expect((await api.ask('POST', '/maintenance/run-all-gc', one)).status).toBe(200);
    expect((await api.ask('POST', '/maintenance/recompute-gds', one)).status).toBe(200);
    expect((await api.ask('POST', '/maintenance/deprecate', one)).status).toBe(400);
    const ofGraph = await api.ask('POST', '/maintenance/run-all-gc?graph=graph', { headers });
    expect(ofGraph).toMatchObject({ status: 400, json: { name: 'GroupIdError' } });
  });

  it('a deprecation makes its group stale at once, and the collected items are reported', async () => {
    const marked = await call('deprecate', odd, { document_ids: ['new', 'no such document'] });
    expect(marked.json).toMatchObject({
      group_id: odd,
      deprecated_documents: 1,
      deprecated_edges: 3,
      deprecated_vectors: 1,
      missing: ['no such document'],
      maintenance: 'not asked for',
    });
    expect((await call('deprecate', odd, { document_id: 'new' })).json.deprecated_documents).toBe(0);
    expect(await stale()).toEqual([odd]);
    const waiting = await call('run-all-gc', odd);
    // Their day of grace is not over.
    expect(waiting).toMatchObject({ status: 200, json: { status: 'completed', ...nothing, gds_stale: true } });
    for (const table of ['documents', 'relations', 'vectors'])
      await sql`update ${sql.id('knowledge', `graph_${table}`)} set deprecated_at = deprecated_at - interval '2 days'
        where group_id = ${odd}`.execute(installation.parts.db);
    const others = await checksums(installation);
    const collected = await call('run-all-gc', odd);
    expect(collected).toMatchObject({
      status: 200,
      json: { group_id: odd, graph: 'graph', status: 'completed', needs_gds_recompute: true },
    });
    expect(collected.json).toMatchObject({
      orphan_entities_cleaned: 3,
      stale_edges_cleaned: 6,
      deprecated_vectors_cleaned: 1,
    });
    expect(collected.headers.get('location')).toBe(`/api/v1/runs/${collected.json.run_id}`);
    // Not recomputed yet: a timer function that died here finds the group again.
    expect(await stale()).toEqual([odd]);
    const recomputed = await call('recompute-gds', odd);
    expect(recomputed).toMatchObject({ status: 200, json: { recomputed: true, communities: 0, gds_stale: false } });
    const after = await checksums(installation);
    for (const group of groups.filter((one) => one !== odd)) expect(after.get(group)).toBe(others.get(group));
  });

  it('repeating a request repeats the work, and changes nothing', async () => {
    const before = await checksums(installation);
    expect(await call('run-all-gc', 'crimson')).toMatchObject({ status: 200, json: { ...nothing, gds_stale: false } });
    expect(await call('recompute-gds', 'crimson')).toMatchObject({ json: { recomputed: false, communities: 1 } });
    const after = await checksums(installation);
    expect(after.get('emerald')).toBe(before.get('emerald'));
    expect(await stale()).toEqual([]);
  });

  it('the list of stale groups is one complete document, however many there are', async () => {
    const { parts } = installation;
    await sql`insert into coppice.graph_groups (key, graph, group_id, stale_since)
      select md5(at::text), 'graph', 'many-' || lpad(at::text, 5, '0'), now() from generate_series(1, 2500) at`.execute(
      parts.db,
    );
    const { json } = await api.ask('GET', '/maintenance/admin/groups/stale');
    expect(json.truncated).toBe(false);
    const listed: string[] = json.groups.map((one: { group_id: string }) => one.group_id);
    expect(listed).toEqual(Array.from({ length: 2500 }, (_, at) => `many-${String(at + 1).padStart(5, '0')}`));
    await sql`delete from coppice.graph_groups where group_id like 'many-%'`.execute(parts.db);
  });

  it('health of a group', async () => {
    const health = () => api.ask('GET', '/maintenance/health', of('emerald'));
    expect((await health()).json).toMatchObject({
      ...{ status: 'healthy', group_id: 'emerald', gds_stale: false, stale_since: null, needs_gds_recompute: false },
      ...{ consecutive_failures: 0, documents: 2, entities: 3, relations: 3, vectors: 1, communities: 1 },
    });
    for (const [failures, status] of [
      [1, 'degraded'],
      [3, 'unhealthy'],
    ]) {
      await sql`update coppice.graph_groups set failures = ${failures} where group_id = 'emerald'`.execute(
        installation.parts.db,
      );
      expect((await health()).json.status).toBe(status);
    }
    await installation.cli('run', 'health-check', '--wait');
    const alerts = (await installation.cli('alerts', 'list', '--json')).json;
    expect(alerts.filter((one: { rule: string }) => one.rule === 'group_failures')).toMatchObject([
      { subject: 'graph', message: expect.stringContaining('1 group of graph have failed up to 3 times') },
    ]);
    for (const group of groups) expect(JSON.stringify(alerts)).not.toContain(group);
    await sql`update coppice.graph_groups set failures = 0`.execute(installation.parts.db);
  });

  it('a wait that ends before the run does: 202 with a Location; a second request learns that the group is worked on', async () => {
    let location = '';
    await installation.parts.db.transaction().execute(async (tx) => {
      await sql`lock table knowledge.graph_entities in access exclusive mode`.execute(tx);
      const headers = { ...of('crimson').headers, prefer: 'wait=0' };
      const going = await api.ask('POST', '/maintenance/run-all-gc', { headers });
      expect(going).toMatchObject({ status: 202, json: { group_id: 'crimson', status: 'running', ...nothing } });
      location = going.headers.get('location') ?? '';
      await until('it has its lease', async () => (await api.ask('GET', location)).json.status === 'running');
      expect(await call('run-all-gc', 'crimson')).toMatchObject({ status: 409, json: { name: 'GroupBusyError' } });
    });
    await until('it has ended', async () => (await api.ask('GET', location)).json.status === 'success');
  });

  it('a run that fails, or is held, is no success', async () => {
    const { db } = installation.parts;
    await sql`alter table knowledge.graph_entities rename column id to number`.execute(db);
    expect(await call('run-all-gc', 'crimson')).toMatchObject({ status: 500, json: { name: 'MappingError' } });
    await sql`alter table knowledge.graph_entities rename column number to id`.execute(db);
    expect((await call('run-all-gc', 'crimson')).status).toBe(200);
    await loadOrphans(installation, 'violet', 30);
    const held = await call('run-all-gc', 'violet');
    expect(held).toMatchObject({ status: 409, json: { name: 'RunHeldError' } });
    expect(held.json.hint).toMatch(/^coppice approve \S+$/);
    await sql`delete from knowledge.graph_entities where group_id = 'violet'`.execute(db);
    await sql`delete from coppice.graph_groups where group_id = 'violet'`.execute(db);
  });

  it('a token sees its own groups alone, and one that is limited to workspaces none', async () => {
    for (const group of groups)
      await api.ask('POST', `/api/v1/groups/mark-stale?group_id=${encodeURIComponent(group)}`);
    expect(await stale()).toEqual(groups);
    const own = await api.token('run', { groups: ['crimson', 'no such group'] });
    expect(await stale(own)).toEqual(['crimson']);
    const blind = await api.token('run', { workspaces: ['crimson'] });
    expect(await stale(blind)).toEqual([]);
    const before = await checksums(installation);
    for (const [token, group] of [
      [own, 'emerald'],
      [own, 'no such group'],
      [blind, 'crimson'],
    ] as const) {
      for (const [method, verb] of calls) {
        const ask = { token, ...of(group), ...(verb === 'deprecate' ? { body } : {}) };
        const answer = await api.ask(method, `/maintenance/${verb}`, ask);
        expect(answer).toMatchObject({ status: 404, json: { name: 'UnknownGroupError' } });
      }
    }
    expect(await checksums(installation)).toEqual(before);
    expect((await api.ask('POST', '/maintenance/run-all-gc', { token: own, ...of('crimson') })).status).toBe(200);
    const { runs } = (await api.ask('GET', '/api/v1/runs?job=group-maintenance', { token: blind })).json;
    expect(runs).toEqual([]);
  });

  const calls = [
    ['POST', 'run-all-gc'],
    ['POST', 'recompute-gds'],
    ['POST', 'deprecate'],
    ['GET', 'health'],
  ] as const;
  const body = { document_id: 'new' };

  describe.each(calls)('%s /maintenance/%s', (method, verb) => {
    const rest = verb === 'deprecate' ? { body } : {};
    const mayBeForAll = ['run-all-gc', 'recompute-gds'].includes(verb);
    const ask = (headers: Record<string, string>) => api.ask(method, `/maintenance/${verb}`, { ...rest, headers });

    it('without the header, an empty one, two of them, or a wildcard: 400', async () => {
      const before = await checksums(installation);
      const without = await ask({});
      expect(without).toMatchObject({ status: 400, json: { name: 'InvalidRequestError' } });
      expect(without.json.detail).toContain('send the header X-Group-ID with the id of');
      expect(without.json.detail.includes('"X-Group-ID: *", which starts group-maintenance')).toBe(mayBeForAll);
      for (const id of [
        '',
        ' ',
        ...(mayBeForAll ? [] : ['*']),
        '**',
        '?',
        '%',
        '%2A',
        '%25',
        '%2525',
        'crimson%00',
        '%20crimson',
        '%ff',
        '\u00ff',
        '%e2%80%8bcrimson',
        'x'.repeat(300),
        'x'.repeat(9_000),
      ])
        expect({ id, status: (await ask({ 'x-group-id': id })).status }).toEqual({ id, status: 400 });
      expect(await twice(method, verb)).toBe(400);
      expect(await checksums(installation)).toEqual(before);
    });

    it('with an id that means trouble elsewhere: 400 or 404, and no group changes', async () => {
      const before = await checksums(installation);
      await fc.assert(
        fc.asyncProperty(hostileId, async (id) => {
          const answer = await ask({ 'x-group-id': encodeURIComponent(id) });
          expect(answer.status).toBe(whyNoGroupId(id) === null ? 404 : 400);
          expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
        }),
        { numRuns: 60, seed: 20261123 },
      );
      expect(await checksums(installation)).toEqual(before);
    });
  });

  it('every answer is one of the document', () => {
    const own = api.document.operations.filter(({ path }) => path.startsWith('/maintenance/'));
    expect(own).toHaveLength(5);
    expect(own.filter(({ method, path }) => !api.succeeded.has(`${method} ${path}`))).toEqual([]);
  });

  /** Two lines of the same header, which `fetch` would join. */
  async function twice(method: string, verb: string): Promise<number | undefined> {
    const headers = { authorization: `Bearer ${api.admin}`, 'x-group-id': ['crimson', 'emerald'] };
    const sent = request(`${api.url}/maintenance/${verb}`, {
      method,
      headers: { ...headers, ...(verb === 'deprecate' ? { 'content-type': 'application/json' } : {}) },
    });
    sent.end(verb === 'deprecate' ? JSON.stringify(body) : undefined);
    const [response]: IncomingMessage[] = await once(sent, 'response');
    response?.resume();
    return response?.statusCode;
  }
});

const fragments = [
  ...[
    "'",
    '"',
    '`',
    '\\',
    ';',
    '--',
    '/*',
    '})',
    '{',
    '$1',
    '\0',
    '\n',
    '\r\n',
    '\u200b',
    '\u202e',
    '\ud83d\ude00',
    '漢字',
  ],
  ...['crimson', 'emerald', ' ', '*', '%', '_', '../', "' or 1=1 --", "' OR true RETURN n //", '}) DETACH DELETE (n'],
  ...['RETURN 1 as x UNION MATCH (n) DETACH DELETE n', '{{7*7}}', '$' + '{jndi:ldap://x}', 'x'.repeat(200)],
];
/** Pieces of injections, mixed with any text at all; made sure not to be one of the groups. */
const hostileId = fc
  .array(fc.oneof(fc.constantFrom(...fragments), fc.string({ unit: 'binary', maxLength: 8 })), {
    minLength: 1,
    maxLength: 6,
  })
  .map((parts) => parts.join('').toWellFormed())
  .filter(
    (id) => id !== '' && !groups.includes(id) && !groups.includes(id.trim()) && encodeURIComponent(id).length < 12_000,
  );
