import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { applyCatalogue } from '../../src/operations/runs/schedules.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { until } from '../support/until.ts';
import { type Ask, startTestApi, type TestApi } from './support/test-api.ts';
import { addLetters, quietJobs } from './support/world.ts';

describeEndToEnd('bulk actions', (servers) => {
  let installation: Installation;
  let api: TestApi;

  beforeAll(async () => {
    installation = await createInstallation({ ...servers, settings: { jobs: quietJobs } });
    await applyCatalogue(installation.context, { move: false });
    api = await startTestApi(installation);
  });
  afterAll(async () => {
    await api?.close();
    await installation?.close();
  });

  /** The action when it has ended. */
  async function ended(action: string, ids: readonly string[], ask: Pick<Ask, 'token'> & { reason?: string } = {}) {
    const { reason, ...rest } = ask;
    const body = { action, ids, ...(reason === undefined ? {} : { reason }) };
    const begun = await api.ask('POST', '/api/v1/bulk-actions', { ...rest, body });
    expect(begun.status).toBe(202);
    const address = begun.headers.get('location') ?? '';
    return until('the action has ended', async () => {
      const { json } = await api.ask('GET', address, { token: ask.token ?? api.admin });
      return json.state === 'finished' && json;
    });
  }

  it('an id that fails does not stop the others, and the result names it', async () => {
    const { crimson, azure } = await addLetters(installation, api, 'run-1');
    const found = await ended('drop_dead_letters', [crimson, 'none', azure, crimson]);
    expect(found).toMatchObject({ action: 'drop_dead_letters', total: 3, done: 3, left: [] });
    expect(found.failed).toEqual([{ id: 'none', message: expect.stringContaining("'none'") }]);
    expect((await api.ask('GET', '/api/v1/dead-letters')).json.dead_letters).toEqual([]);
  });

  it('dead letters are tried again, each by a run of its own', async () => {
    const { crimson, azure } = await addLetters(installation, api, 'run-1');
    const found = await ended('retry_dead_letters', [crimson, azure]);
    expect(found).toMatchObject({ total: 2, done: 2, failed: [] });
    expect((await api.ask('GET', '/api/v1/runs?job=ttl-cleanup')).json.runs).toHaveLength(2);
  });

  it('schedules are paused and resumed with a reason', async () => {
    const ids = [`${installation.schedulePrefix}ttl-cleanup`];
    const paused = await ended('pause_schedules', ids, { reason: 'moving the database' });
    expect(paused).toMatchObject({ reason: 'moving the database', failed: [] });
    expect((await api.ask('GET', '/api/v1/schedules')).json.schedules).toMatchObject([{ paused: true }]);
    await ended('resume_schedules', ids);
    expect((await api.ask('GET', '/api/v1/schedules')).json.schedules).toMatchObject([{ paused: false }]);
    const { bulk_actions } = (await api.ask('GET', '/api/v1/bulk-actions')).json;
    expect(bulk_actions.slice(0, 2).map((one: { action: string }) => one.action)).toEqual([
      'resume_schedules',
      'pause_schedules',
    ]);
  });

  it('a token of one workspace or of a lesser scope does what is its own, and sees its own actions', async () => {
    const { crimson, azure } = await addLetters(installation, api, 'run-1');
    const token = await api.token('admin', { workspaces: ['crimson'] });
    const found = await ended('drop_dead_letters', [crimson, azure], { token });
    expect(found.failed).toMatchObject([{ id: azure }]);
    expect((await api.ask('GET', '/api/v1/bulk-actions', { token })).json.bulk_actions).toHaveLength(1);
    const [other] = (await api.ask('GET', '/api/v1/bulk-actions')).json.bulk_actions.slice(-1);
    expect((await api.ask('GET', `/api/v1/bulk-actions/${other.id}`, { token })).status).toBe(404);
    const pause = { action: 'pause_schedules', ids: ['x'] };
    expect((await api.ask('POST', '/api/v1/bulk-actions', { token, body: pause })).status).toBe(403);
    const drop = { token: await api.token('run'), body: { action: 'drop_dead_letters', ids: ['x'] } };
    expect((await api.ask('POST', '/api/v1/bulk-actions', drop)).status).toBe(403);
  });

  it('an action whose server has stopped is interrupted, and names what is left', async () => {
    const { db } = installation.parts;
    await sql`insert into coppice.bulk_actions (id, action, ids, requested_by, done, worked_at)
      values ('lost', 'drop_dead_letters', '{a,b,c}', 'somebody', 1, now() - interval '5 minutes')`.execute(db);
    const { json } = await api.ask('GET', '/api/v1/bulk-actions/lost');
    expect(json).toMatchObject({ state: 'interrupted', total: 3, done: 1, left: ['b', 'c'] });
  });

  it('no ids, and too many, change nothing', async () => {
    for (const ids of [[], Array.from({ length: 1_001 }, (_, at) => `letter-${at}`)]) {
      const body = { action: 'drop_dead_letters', ids };
      expect((await api.ask('POST', '/api/v1/bulk-actions', { body })).status).toBe(400);
    }
  });
});
