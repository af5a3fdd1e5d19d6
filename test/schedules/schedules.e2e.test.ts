import { randomBytes } from 'node:crypto';
import { type Client, ScheduleNotFoundError } from '@temporalio/client';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { toMapping } from '../../src/config/mapping.ts';
import { nextTimes } from '../../src/config/next-times.ts';
import type { ScheduleDefinition } from '../../src/jobs/job.ts';
import type { Catalogue } from '../../src/schedule-options.ts';
import { applySchedules, ownSchedules, type ScheduleChange } from '../../src/schedules.ts';
import { connectClient } from '../../src/temporal/connection.ts';
import { temporalSettings } from '../../src/temporal/settings.ts';
import { serverUrl } from '../support/servers.ts';
import { until } from '../support/until.ts';

const address = await serverUrl('temporal');

describe.skipIf(address === null)('schedules', () => {
  let client: Client;
  let installation: string;
  const prefix = () => `s${installation}-`;

  beforeEach(async () => {
    installation = randomBytes(4).toString('hex');
    const config = loadConfig({ TEMPORAL_ADDRESS: address ?? '' });
    client = await connectClient(temporalSettings(config.temporal, null));
  });
  afterEach(async () => {
    for (const id of [installation, `${installation}-other`]) {
      for await (const one of ownSchedules(client, id)) await client.schedule.getHandle(one.scheduleId).delete();
    }
    await client.connection.close();
  });

  function catalogue(schedules: readonly ScheduleDefinition[], changes: Partial<Catalogue> = {}): Catalogue {
    const [settings] = loadConfig({}).jobs;
    if (settings === undefined) throw new Error('the catalogue is empty');
    const documents = toMapping('documents', null);
    return { installation, jobs: [{ ...settings, schedules }], collections: [documents], prefix: prefix(), ...changes };
  }

  function changesOf(changes: readonly ScheduleChange[]): Record<string, string> {
    return Object.fromEntries(changes.map((one) => [one.schedule_id.slice(prefix().length), one.change]));
  }

  /** The list of schedules lags behind a little. */
  async function listed(count: number): Promise<void> {
    await until(
      `${count} schedules listed`,
      async () => (await Array.fromAsync(ownSchedules(client, installation))).length === count,
    );
  }

  const nightly = { cron: '0 2 * * *', catch_up_window_seconds: 7200 };

  it.each([
    '0 2 1 * MON',
    '0 2 1-7 * mon',
    '0 2 * * 5-7',
    '5-50/20 1,2 * feb-apr *',
    '0 2 29 2 *',
    '0 2 */10 * */2',
    '59 23 31 12 *',
  ])('cron "%s" fires when the configuration says that it does', async (cron) => {
    await applySchedules(client, catalogue([{ cron }]), 'apply');
    const { info } = await client.schedule.getHandle(`${prefix()}ttl-cleanup`).describe();
    const [first = new Date()] = info.nextActionTimes;
    expect(info.nextActionTimes.length).toBeGreaterThanOrEqual(3);
    expect(nextTimes({ cron }, new Date(first.getTime() - 1), 3)).toEqual(info.nextActionTimes.slice(0, 3));
  });

  it('cron, interval and once, several for a job: created as configured, then left alone', async () => {
    const all = catalogue([
      nightly,
      { name: 'often', every_seconds: 300 },
      { name: 'then', once: '2031-05-06T07:08:09Z' },
    ]);
    expect(changesOf(await applySchedules(client, all, 'apply'))).toEqual({
      'ttl-cleanup': 'created',
      'ttl-cleanup-often': 'created',
      'ttl-cleanup-then': 'created',
    });
    const handle = (name: string) => client.schedule.getHandle(`${prefix()}${name}`);
    const cron = await handle('ttl-cleanup').describe();
    expect(cron.policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 7_200_000 });
    expect(cron.info.nextActionTimes[0]?.toISOString()).toMatch(/T02:00:00.000Z$/);
    const often = await handle('ttl-cleanup-often').describe();
    expect(often.policies.catchupWindow).toBe(3_600_000);
    const [first, second] = often.info.nextActionTimes;
    expect(Number(second) - Number(first)).toBe(300_000);
    const once = await handle('ttl-cleanup-then').describe();
    expect(once.info.nextActionTimes.map((time) => time.toISOString())).toEqual(['2031-05-06T07:08:09.000Z']);
    expect(changesOf(await applySchedules(client, all, 'apply'))).toEqual({
      'ttl-cleanup': 'unchanged',
      'ttl-cleanup-often': 'unchanged',
      'ttl-cleanup-then': 'unchanged',
    });
  });

  it('a pause and its note, set by a person, survive a changed definition', async () => {
    await applySchedules(client, catalogue([nightly]), 'apply');
    const handle = client.schedule.getHandle(`${prefix()}ttl-cleanup`);
    await handle.pause('back on Monday');
    const changed = await applySchedules(client, catalogue([{ cron: '30 3 * * *' }]), 'apply');
    expect(changed).toMatchObject([{ change: 'updated', paused: true }]);
    const after = await handle.describe();
    expect(after.state).toMatchObject({ paused: true, note: 'back on Monday' });
    expect(after.info.nextActionTimes[0]?.toISOString()).toMatch(/T03:30:00.000Z$/);
  });

  it('a pause set between our look and our update wins', async () => {
    await applySchedules(client, catalogue([nightly]), 'apply');
    const handle = client.schedule.getHandle(`${prefix()}ttl-cleanup`);
    const service = client.connection.workflowService;
    const update = service.updateSchedule.bind(service);
    const spy = vi.spyOn(service, 'updateSchedule').mockImplementationOnce(async (request: object) => {
      await handle.pause('at the last moment');
      return update(request);
    });
    onTestFinished(() => spy.mockRestore());
    await applySchedules(client, catalogue([{ cron: '30 3 * * *' }]), 'apply');
    const after = await handle.describe();
    expect(after.state).toMatchObject({ paused: true, note: 'at the last moment' });
    expect(after.info.nextActionTimes[0]?.toISOString()).toMatch(/T03:30:00.000Z$/);
  });

  it('schedules that left the catalogue are deleted, those of others never', async () => {
    await client.schedule.create({
      scheduleId: `${prefix()}somebody-elses`,
      spec: { intervals: [{ every: '1 day' }] },
      action: { type: 'startWorkflow', workflowType: 'theirs', taskQueue: 'theirs' },
    });
    await applySchedules(client, catalogue([nightly, { name: 'often', every_seconds: 300 }]), 'apply');
    await listed(2);
    expect(changesOf(await applySchedules(client, catalogue([nightly]), 'apply'))).toEqual({
      'ttl-cleanup': 'unchanged',
      'ttl-cleanup-often': 'deleted',
    });
    const theirs = client.schedule.getHandle(`${prefix()}somebody-elses`);
    await expect(theirs.describe()).resolves.toBeDefined();
    await theirs.delete();
  });

  it('a schedule of another installation under the same id is refused before anything is created, and left as it is', async () => {
    await applySchedules(client, catalogue([nightly]), 'apply');
    const free = { name: 'free', every_seconds: 300 };
    const other = catalogue([free, { cron: '1 1 * * *' }], { installation: `${installation}-other` });
    await expect(applySchedules(client, other, 'apply')).rejects.toThrow(/does not belong to this installation/);
    const after = await client.schedule.getHandle(`${prefix()}ttl-cleanup`).describe();
    expect(after.info.nextActionTimes[0]?.toISOString()).toMatch(/T02:00:00.000Z$/);
    const created = client.schedule.getHandle(`${prefix()}ttl-cleanup-free`);
    await expect(created.describe()).rejects.toThrow(ScheduleNotFoundError);
  });

  it('a worker creates what is missing and leaves what its own or a newer catalogue wrote', async () => {
    await applySchedules(client, catalogue([nightly, { name: 'often', every_seconds: 300 }]), 'apply');
    await listed(2);
    const two = ['new', 'newer'].map((name) => ({ name, every_seconds: 600 }));
    expect(changesOf(await applySchedules(client, catalogue([{ cron: '30 3 * * *' }, ...two]), 'worker'))).toEqual({
      'ttl-cleanup': 'left_to_newer',
      'ttl-cleanup-new': 'created',
      'ttl-cleanup-newer': 'created',
      'ttl-cleanup-often': 'left_to_newer',
    });
  });

  it('a worker that leaves a schedule does not create another one in its place', async () => {
    await applySchedules(client, catalogue([nightly, { name: 'often', every_seconds: 300 }]), 'apply');
    await listed(2);
    const renamed = catalogue([nightly, { name: 'frequent', every_seconds: 300 }]);
    expect(changesOf(await applySchedules(client, renamed, 'worker'))).toEqual({
      'ttl-cleanup': 'unchanged',
      'ttl-cleanup-often': 'left_to_newer',
    });
  });

  describe('a schedule that gets another id', () => {
    const mapped = { collections: [toMapping('documents', { table: 'public.docs' })] };
    const stateOf = async (id: string) => (await client.schedule.getHandle(id).describe()).state;

    it('by another prefix stays resumed, or paused with its note', async () => {
      const jobs = [nightly, { name: 'often', every_seconds: 300, enabled: true }];
      await applySchedules(client, catalogue(jobs, mapped), 'apply');
      await client.schedule.getHandle(`${prefix()}ttl-cleanup`).unpause('looked at the preview');
      await client.schedule.getHandle(`${prefix()}ttl-cleanup-often`).pause('until Monday');
      await listed(2);
      const changes = await applySchedules(client, catalogue(jobs, { ...mapped, prefix: `${prefix()}b-` }), 'apply');
      expect(changesOf(changes)).toEqual({
        'b-ttl-cleanup': 'created',
        'b-ttl-cleanup-often': 'created',
        'ttl-cleanup': 'deleted',
        'ttl-cleanup-often': 'deleted',
      });
      expect(await stateOf(`${prefix()}b-ttl-cleanup`)).toMatchObject({ paused: false, note: 'looked at the preview' });
      expect(await stateOf(`${prefix()}b-ttl-cleanup-often`)).toMatchObject({ paused: true, note: 'until Monday' });
    });

    it('by another name stays resumed, where it is the only one of its job', async () => {
      await applySchedules(client, catalogue([nightly], mapped), 'apply');
      await client.schedule.getHandle(`${prefix()}ttl-cleanup`).unpause();
      await listed(1);
      await applySchedules(client, catalogue([{ ...nightly, name: 'night' }], mapped), 'apply');
      expect(await stateOf(`${prefix()}ttl-cleanup-night`)).toMatchObject({ paused: false });
    });

    it('is not deleted before its successor exists', async () => {
      await applySchedules(client, catalogue([nightly]), 'apply');
      await listed(1);
      const broken = catalogue([{ cron: '99 99 * * *' }], { prefix: `${prefix()}b-` });
      await expect(applySchedules(client, broken, 'apply')).rejects.toThrow();
      expect(await stateOf(`${prefix()}ttl-cleanup`)).toMatchObject({ paused: false });
    });
  });

  it("schedules of a removing job start paused on an application's tables, until the configuration says otherwise", async () => {
    const mapped = { collections: [toMapping('documents', { table: 'public.docs' })] };
    await applySchedules(
      client,
      catalogue([nightly, { name: 'meant', every_seconds: 300, enabled: true }], mapped),
      'apply',
    );
    const state = async (name: string) => (await client.schedule.getHandle(`${prefix()}${name}`).describe()).state;
    expect(await state('ttl-cleanup')).toMatchObject({ paused: true, note: expect.stringContaining('mapped tables') });
    expect(await state('ttl-cleanup-meant')).toMatchObject({ paused: false });
  });

  it('where schedules are not enabled, missing schedules are created paused, and running ones continue', async () => {
    await applySchedules(client, catalogue([nightly]), 'apply');
    const two = [nightly, { name: 'new', every_seconds: 300, enabled: true }];
    await applySchedules(client, catalogue(two, { enabled: false }), 'apply');
    const state = async (name: string) => (await client.schedule.getHandle(`${prefix()}${name}`).describe()).state;
    expect(await state('ttl-cleanup')).toMatchObject({ paused: false });
    expect(await state('ttl-cleanup-new')).toMatchObject({
      paused: true,
      note: expect.stringContaining('not enabled'),
    });
  });

  it('a cron expression that Temporal refuses leaves the others as they are', async () => {
    await applySchedules(client, catalogue([nightly]), 'apply');
    await expect(applySchedules(client, catalogue([{ cron: '99 99 * * *' }]), 'apply')).rejects.toThrow();
    const after = await client.schedule.getHandle(`${prefix()}ttl-cleanup`).describe();
    expect(after.info.nextActionTimes[0]?.toISOString()).toMatch(/T02:00:00.000Z$/);
  });
});
