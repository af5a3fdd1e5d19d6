import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { until } from '../support/until.ts';
import { checksums, loadGroups } from './support/graph-world.ts';
import { startTestApi, type TestApi } from './support/test-api.ts';
import { quietJobs } from './support/world.ts';

const brake = { max_share: 1, max_partition_share: 1, max_weekly_share: 1 };
const odd = '../a/b#c &=+"\'漢字';
const groups = [odd, 'crimson', 'emerald'];
const wait = { headers: { prefer: 'wait=60' } };

describeEndToEnd('groups over HTTP', (servers) => {
  let installation: Installation;
  let api: TestApi;

  beforeAll(async () => {
    const own = { schedules: [], brake, parameters: { debounce_seconds: 0 } };
    const jobs = { ...quietJobs, 'group-maintenance': own };
    installation = await createInstallation({ ...servers, settings: { graphs: { graph: null }, jobs } });
    await loadGroups(installation, groups);
    await installation.worker();
    api = await startTestApi(installation);
  });
  afterAll(async () => {
    await api?.close();
    await installation?.close();
  });

  const at = (verb: string, group: string) => `/api/v1/groups/${verb}?group_id=${encodeURIComponent(group)}`;
  const list = async (query = '', token = api.admin) =>
    (await api.ask('GET', `/api/v1/groups${query}`, { token })).json;
  const names = async (query = '', token = api.admin): Promise<string[]> =>
    (await list(query, token)).groups.map((one: { group_id: string }) => one.group_id);

  it('a group that was never named is not listed; naming it makes it known, under any name', async () => {
    expect(await list()).toEqual({ groups: [], next_cursor: null });
    expect((await api.ask('GET', at('show', odd))).status).toBe(404);
    for (const group of groups)
      expect(await api.ask('POST', at('mark-stale', group))).toMatchObject({
        status: 200,
        json: { group_id: group, gds_stale: true, stale_reason: 'asked' },
      });
    expect(await names()).toEqual(groups);
    expect((await api.ask('GET', at('show', odd))).json).toMatchObject({ group_id: odd, entities: 4, results: null });
  });

  it('pages, without one twice and without one missed', async () => {
    const paged: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = await list(`?limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`);
      paged.push(...page.groups.map((one: { group_id: string }) => one.group_id));
      cursor = page.next_cursor;
    }
    expect(paged).toEqual(groups);
    const nul = Buffer.from(JSON.stringify(['graph', '\0'])).toString('base64url');
    for (const cursor of ['nonsense', 'e30', nul])
      expect((await api.ask('GET', `/api/v1/groups?cursor=${cursor}`)).status).toBe(400);
  });

  it('maintains one group, and leaves the others as they are', async () => {
    const before = await checksums(installation);
    const run = await api.ask('POST', at('maintain', odd), wait);
    expect(run).toMatchObject({
      status: 200,
      json: { status: 'success', totals: { deleted_entities: 1, deleted_edges: 2, deleted_vectors: 1 } },
    });
    expect(JSON.stringify(run.json.parameters)).not.toContain(odd);
    expect(await names('?stale=true')).toEqual(groups.slice(1));
    expect((await api.ask('GET', at('show', odd))).json).toMatchObject({
      ...{ gds_stale: false, entities: 3, communities: 1, results: { communities: 1 } },
    });
    const after = await checksums(installation);
    for (const group of groups.slice(1)) expect(after.get(group)).toBe(before.get(group));
    expect(after.get(odd)).not.toBe(before.get(odd));
  });

  it('recomputes one group, with parameters', async () => {
    const body = { parameters: { resolution: 2 } };
    const run = await api.ask('POST', at('recompute', 'crimson'), { ...wait, body });
    expect(run).toMatchObject({ status: 200, json: { totals: { recomputed_groups: 1 }, parameters: body.parameters } });
    for (const parameters of [{ group: 'x' }, { grace_days: 1 }, { resolution: 'high' }])
      expect((await api.ask('POST', at('recompute', 'crimson'), { body: { parameters } })).status).toBe(400);
  });

  it('deprecates documents; a run of the group follows where that is asked for', async () => {
    const body = { document_ids: ['new', 'none'], maintain: true };
    const marked = await api.ask('POST', at('deprecate', odd), { body });
    expect(marked.json).toMatchObject({ deprecated_documents: 1, missing: ['none'], maintenance: 'follows' });
    await until('the run that follows has ended', async () => {
      const { runs } = (await api.ask('GET', '/api/v1/runs?job=group-maintenance&status=success')).json;
      return runs.length === 2;
    });
    for (const wrong of [{}, { document_ids: [] }, { document_ids: ['a\0'] }, { documents: ['new'] }])
      expect((await api.ask('POST', at('deprecate', odd), { body: wrong })).status).toBe(400);
  });

  it('pairs of entities are listed, shown and decided by who sees their group', async () => {
    const evidence = { survivor_name: 'A', loser_name: 'B', cosine: 0.9, same_name: false, agree: [], differ: ['x'] };
    await sql`insert into coppice.merges (key, graph, group_id, kind, type, survivor, loser, state, evidence)
      select 'key ' || g, 'graph', g, 'entity', 'Person', 'a', 'b', 'review', ${JSON.stringify(evidence)}::jsonb
      from unnest(${['crimson', 'emerald']}::text[]) g`.execute(installation.parts.db);
    const token = (
      await installation.cli('token', 'create', 'pairs', '--group', 'crimson', '--scope', 'read')
    ).stdout.trim();
    const pairs = async (given?: string) =>
      (await api.ask('GET', '/api/v1/merges?status=review', given === undefined ? {} : { token: given })).json.merges;
    expect(await pairs()).toHaveLength(2);
    const [own, ...others] = await pairs(token);
    expect(others).toEqual([]);
    expect(own).toMatchObject({ graph: 'graph', group_id: 'crimson', state: 'review', evidence });
    const shown = await api.ask('GET', `/api/v1/merges/${own.id}`, { token });
    expect(shown.json).toMatchObject({ survivor_side: { id: 'a', name: 'a of crimson' }, merged: null });
    expect((await api.ask('POST', `/api/v1/merges/${own.id}/accept`, { token })).status).toBe(403);
    expect((await api.ask('POST', `/api/v1/merges/${own.id}/split`)).json).toMatchObject({
      ...{ status: 409, name: 'MergeStateError', hint: `Keep the two apart: coppice merges never ${own.id}.` },
    });
    expect((await api.ask('POST', `/api/v1/merges/${own.id}/accept`)).json).toMatchObject({ state: 'accepted' });
    expect((await api.ask('POST', `/api/v1/merges/${own.id}/never`)).json).toMatchObject({ state: 'never' });
    const hidden = (await pairs())[0];
    expect((await api.ask('GET', `/api/v1/merges/${hidden.id}`, { token })).status).toBe(404);
    expect((await api.ask('GET', '/api/v1/merges?status=nonsense')).status).toBe(400);
  });

  it('a graph may be named, and has to exist', async () => {
    expect((await api.ask('POST', `${at('mark-stale', odd)}&graph=graph`)).status).toBe(200);
    expect((await api.ask('POST', `${at('mark-stale', odd)}&graph=other`)).json.name).toBe('UnknownGraphError');
    expect((await api.ask('GET', '/api/v1/groups?graph=other')).status).toBe(400);
  });

  it('tokens of the command line: limited to groups they see these, limited to workspaces none', async () => {
    const make = async (...args: string[]) =>
      (await installation.cli('token', 'create', ...args, '--scope', 'run')).stdout.trim();
    const own = await make('graph team', '--group', 'crimson', '--group', odd);
    const blind = await make('workspace team', '--workspace', 'crimson');
    const both = await make('both', '--workspace', 'w', '--group', 'emerald');
    expect((await installation.cli('token', 'list')).stdout).toContain(`crimson, ${odd}`);
    expect(await names('', own)).toEqual([odd, 'crimson']);
    expect(await names('', blind)).toEqual([]);
    expect(await names('', both)).toEqual(['emerald']);
    for (const group of ['*', '', 'a%', ' crimson'])
      expect(await installation.cli('token', 'create', 'wild', '--group', group, '--json')).toMatchObject({
        code: 2,
        json: { error: { name: 'GroupIdError' } },
      });
    const run = await api.ask('POST', at('maintain', 'crimson'), { ...wait, token: own });
    expect(run).toMatchObject({ status: 200, json: { status: 'success', totals: { deleted_entities: 1 } } });
    const seen = await api.ask('GET', `/api/v1/runs/${run.json.run_id}`, { token: own });
    expect(seen.json).toMatchObject({ status: 'success', partitions: { done: 1 } });
    for (const token of [blind, both]) {
      expect((await api.ask('GET', `/api/v1/runs/${run.json.run_id}`, { token })).status).toBe(404);
      expect((await api.ask('GET', at('show', 'crimson'), { token })).status).toBe(404);
    }
    const before = await checksums(installation);
    for (const verb of ['mark-stale', 'maintain', 'recompute', 'deprecate']) {
      const ask = verb === 'deprecate' ? { body: { document_ids: ['new'] } } : {};
      for (const token of [blind, own])
        expect((await api.ask('POST', at(verb, 'emerald'), { ...ask, token })).json.name).toBe('UnknownGroupError');
      // A name that nobody knows leaves no trace.
      expect((await api.ask('POST', at(verb, 'no such group'), ask)).status).toBe(404);
    }
    expect(await checksums(installation)).toEqual(before);
    const { rows } = await sql`select count(*)::int as groups from coppice.graph_groups`.execute(installation.parts.db);
    expect(rows).toEqual([{ groups: 3 }]);
  });

  it('every answer is one of the document', () => {
    const own = api.document.operations.filter(({ path }) => path.startsWith('/api/v1/groups'));
    expect(own).toHaveLength(6);
    expect(own.filter(({ method, path }) => !api.succeeded.has(`${method} ${path}`))).toEqual([]);
  });
});
