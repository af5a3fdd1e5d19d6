import { afterAll, beforeAll, expect, it } from 'vitest';
import { dropToken, listTokens } from '../../src/operations/access/tokens.ts';
import type { Installation } from '../support/installation.ts';
import { describeEndToEnd } from '../support/requires.ts';
import type { Operation } from './support/document.ts';
import { startTestApi, type TestApi } from './support/test-api.ts';
import { createWorld, fillWorld, stateOf, type World, worldGroups } from './support/world.ts';

/** Every operation of the OpenAPI document, asked by those who should not get it. */
describeEndToEnd('the authorisation matrix', (servers) => {
  let installation: Installation;
  let api: TestApi;
  let world: World;

  beforeAll(async () => {
    installation = await createWorld(servers);
    api = await startTestApi(installation);
    world = await fillWorld(installation, api);
  });
  afterAll(async () => {
    await api?.close();
    await installation?.close();
  });

  /** With ids that exist, in the name of `azure` where something belongs to a workspace. */
  function urlOf({ path }: Operation): string {
    const ids: Record<string, string> = {
      job: 'ttl-cleanup',
      job_id: 'ttl-cleanup',
      run: path.endsWith('/approve') || path.endsWith('/reject') ? world.held : world.removed,
      dead_letter: world.letters.azure,
      lease: 'ttl-cleanup',
      schedule: `${installation.schedulePrefix}ttl-cleanup`,
      report: '0'.repeat(16),
    };
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(ids[name] ?? `no ${name}`));
    if (path.startsWith('/api/v1/groups/')) return `${filled}?group_id=indigo`;
    return path === '/api/v1/holds' ? `${filled}?partition=azure` : filled;
  }

  const bodies: Readonly<Record<string, object>> = {
    '/api/v1/holds/lift': { partition: 'azure' },
    '/api/v1/groups/deprecate': { document_ids: ['new'] },
    '/maintenance/deprecate': { document_id: 'new' },
    '/api/v1/bulk-actions': { action: 'drop_dead_letters', ids: ['another'] },
  };

  /** Asks each, and returns those whose answer is not what was expected; nothing may change by it. */
  async function askEach(
    operations: readonly Operation[],
    token: string | null,
    expected: (status: number, text: string, operation: Operation) => boolean,
  ): Promise<string[]> {
    const before = await stateOf(installation);
    const wrong: string[] = [];
    for (const operation of operations) {
      const body = operation.method === 'GET' ? undefined : bodies[operation.path];
      const headers = { 'x-group-id': 'indigo' };
      const ask = { token, headers, ...(body === undefined ? {} : { body }) };
      const { status, text } = await api.ask(operation.method, urlOf(operation), ask);
      if (!expected(status, text, operation)) wrong.push(`${operation.method} ${operation.path}: ${status} ${text}`);
    }
    expect(await stateOf(installation)).toBe(before);
    return wrong;
  }

  const guarded = () => api.document.operations.filter((one) => one.scope !== null);

  it('only probes are open, and they tell nothing but yes or no', async () => {
    const open = api.document.operations.filter((one) => one.scope === null).map((one) => one.path);
    expect(open).toEqual(['/livez', '/readyz']);
    expect(guarded().length).toBeGreaterThan(25);
    const ready = await api.ask('GET', '/readyz', { token: null });
    expect(ready.json).toEqual({
      ready: true,
      checks: [
        { name: 'database', ok: true },
        { name: 'temporal', ok: true },
      ],
    });
  });

  it('without a token, with a wrong, a revoked or an expired one: 401 everywhere', async () => {
    const { context } = installation;
    const revoked = await api.token('admin');
    const [last] = (await listTokens(context)).slice(-1);
    await dropToken(context, last?.id ?? '');
    const expired = await api.token('admin', { expiresInDays: 1e-9 });
    const other = `${api.admin.slice(0, -1)}${api.admin.endsWith('A') ? 'B' : 'A'}`;
    for (const token of [null, 'nonsense', other, revoked, expired])
      expect(await askEach(guarded(), token, (status) => status === 401)).toEqual([]);
    const { headers, json } = await api.ask('GET', '/api/v1/runs', { token: null });
    expect(headers.get('www-authenticate')).toBe('Bearer realm="coppice"');
    expect(json).toMatchObject({ status: 401, name: 'NoTokenError', request_id: headers.get('x-request-id') });
  });

  it('with a lesser scope: 403, whether what is named exists or not', async () => {
    for (const [held, denied] of [
      ['read', ['run', 'admin']],
      ['run', ['admin']],
    ] as const) {
      const token = await api.token(held);
      const beyond = guarded().filter(({ scope }) => denied.some((one) => one === scope));
      expect(beyond.length).toBeGreaterThan(4);
      expect(await askEach(beyond, token, (status) => status === 403)).toEqual([]);
    }
  });

  it.each([
    ['another workspace', { workspaces: ['crimson'] }, ['azure']],
    ['a workspace that does not exist', { workspaces: ['emerald'] }, ['azure', 'crimson']],
    ['groups only', { groups: ['azure', 'crimson'] }, ['azure', 'crimson']],
    ['users only', { users: ['azure', 'crimson', ...worldGroups] }, ['azure', 'crimson']],
    ['entities only', { entities: ['azure', 'crimson', ...worldGroups] }, ['azure', 'crimson']],
  ])('limited to %s: 403, 404, or an answer without a trace of what is hidden', async (_name, view, hidden) => {
    const token = await api.token('admin', view);
    const limits = JSON.stringify(Object.values(view)[0]);
    const traces = [...hidden, ...worldGroups, ...(hidden.includes('azure') ? [world.letters.azure] : [])];
    const wrong = await askEach(guarded(), token, (status, text) => {
      // The bearer is told the limits of the token.
      const own = text.replaceAll(/"(instance|request_id)":"[^"]*"/g, '').replaceAll(limits, '');
      if (status === 404) return !own.includes('cited');
      // The world has no collection of questions.
      if (status === 409 && own.includes('NoQuestionsError')) return true;
      return [200, 202, 403].includes(status) && !traces.some((trace) => own.includes(trace));
    });
    expect(wrong).toEqual([]);
    expect((await api.ask('GET', `/api/v1/dead-letters/${world.letters.azure}`, { token })).status).toBe(404);
    expect((await api.ask('DELETE', `/api/v1/dead-letters/${world.letters.azure}`, { token })).status).toBe(404);
    expect((await api.ask('POST', '/api/v1/holds/lift', { token, body: { partition: 'azure' } })).json).toEqual({
      lifted: 0,
    });
  });

  it('limited to a workspace: its own part of runs, previews, dead letters and holds', async () => {
    const token = await api.token('read', { workspaces: ['crimson'] });
    const { runs } = (await api.ask('GET', '/api/v1/runs', { token })).json;
    const removed = runs.find((one: { run_id: string }) => one.run_id === world.removed);
    expect(removed).toMatchObject({ totals: { deleted_documents: 10, deleted_vectors: 20 }, partitions: { done: 1 } });
    const shown = (await api.ask('GET', `/api/v1/runs/${world.removed}`, { token })).json;
    expect(shown).toMatchObject({ totals: { deleted_documents: 10 }, requested_by: null });
    expect(shown.dead_letter_ids).toEqual([world.letters.crimson]);
    const preview = (await api.ask('POST', '/api/v1/jobs/ttl-cleanup/preview', { token })).json;
    expect(preview.survey).toMatchObject({ rows: 40, would_delete: 30, on_hold: 10, partition_count: 1 });
    expect((await api.ask('GET', '/api/v1/holds', { token })).json.holds).toHaveLength(10);
    const stats = (await api.ask('GET', '/api/v1/jobs/ttl-cleanup', { token })).json.stats;
    expect(stats).toMatchObject({ executions: 2, succeeded: 1 });
    const everything = (await api.ask('GET', `/api/v1/runs/${world.removed}`)).json;
    expect(everything).toMatchObject({ totals: { deleted_documents: 20 }, partitions: { done: 2 } });
    expect(everything.survey.rows).toBe(80);
  });
});
