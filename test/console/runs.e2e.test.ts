import { sql } from 'kysely';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { keepAlerts } from '../../src/state/monitoring/alerts.ts';
import { startTestApi, type TestApi } from '../api/support/test-api.ts';
import { createWorld } from '../api/support/world.ts';
import type { Installation } from '../support/installation.ts';
import { describeWithBrowser, openPage, type Watched } from './support/browser.ts';
import { holdRun } from './support/console-world.ts';
import { button } from './support/stage.ts';

const temporalUiUrl = 'https://temporal.example';
const wait = { headers: { prefer: 'wait=60' } };

describeWithBrowser('runs in the console', ({ launch, ...servers }) => {
  let installation: Installation;
  let api: TestApi;
  let browser: Browser;

  beforeAll(async () => {
    installation = await createWorld(servers);
    api = await startTestApi(installation, { temporalUiUrl });
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    await api?.close();
    await installation?.close();
  });

  const open = async (path: string, token: string): Promise<Watched> =>
    openPage(await browser.newContext(), `${api.url}${path}`, token);
  const start = async () => (await api.ask('POST', '/api/v1/jobs/ttl-cleanup/runs')).json.run_id;

  it('a run is followed while it works, without a reload', async () => {
    const { page, faults } = await open('/', await api.token('read'));
    await installation.parts.db.transaction().execute(async (tx) => {
      // The run waits here.
      await sql`lock table knowledge.documents in share row exclusive mode`.execute(tx);
      await page.goto(`${api.url}/runs/${await start()}`);
      await page.getByText('2 partitions: 2').waitFor();
      await page.locator('.status').getByText('running').waitFor();
    });
    await page.locator('.status').getByText('succeeded').waitFor();
    await page.getByText('2 partitions: 2 done').waitFor();
    await page.getByText('20 documents removed').first().waitFor();
    await page.getByText('Item by item').waitFor();
    expect(faults).toEqual([]);
  });

  it('a run links to its workflow in the Web UI of Temporal', async () => {
    const { run_id, workflow_id } = (await api.ask('POST', '/api/v1/jobs/ttl-cleanup/runs', wait)).json;
    const { page, faults } = await open(`/runs/${run_id}`, await api.token('read'));
    const href = await page.getByRole('link', { name: 'Open in the Web UI' }).getAttribute('href');
    expect(href).toBe(`${temporalUiUrl}/namespaces/${installation.context.namespace}/workflows/${workflow_id}`);
    expect(faults).toEqual([]);
  });

  it('new runs are announced, and the rows stay until a person wants them', async () => {
    const { page, faults } = await open('/', await api.token('read'));
    await page.clock.install();
    await page.goto(`${api.url}/runs?job=ttl-cleanup`);
    const rows = page.locator('.runs tbody tr');
    await rows.first().waitFor();
    const before = await rows.allTextContents();
    for (const _ of [1, 2]) await api.ask('POST', '/api/v1/jobs/ttl-cleanup/runs', wait);
    await page.clock.runFor(11_000);
    await button(page, '2 new').waitFor();
    expect(await rows.count()).toBe(before.length);
    await button(page, '2 new').click();
    await button(page, '2 new').waitFor({ state: 'detached' });
    expect(await rows.count()).toBe(before.length + 2);
    expect(faults).toEqual([]);
  });

  it('a held run is rejected with a reason, and nothing of it is done', async () => {
    const held = await holdRun(installation, api);
    const { page, faults } = await open(`/runs/${held}`, await api.token('admin'));
    await page.getByText('What it would do').waitFor();
    await button(page, 'Reject').click();
    await page.getByLabel('Reason').fill('not this week');
    await page.getByRole('dialog').getByRole('button', { name: 'Reject' }).click();
    await page.getByText('not this week').waitFor();
    await page.locator('.status').getByText('rejected').waitFor();
    expect(await page.getByRole('button', { name: /Approve|Reject|Undo/ }).count()).toBe(0);
    const { rejection, totals } = (await api.ask('GET', `/api/v1/runs/${held}`)).json;
    expect(rejection.reason).toBe('not this week');
    expect(totals.deleted_documents).toBe(0);
    expect(faults).toEqual([]);
  });

  it('an alert leads to the place of its cause', async () => {
    const { run_id: run } = (await api.ask('POST', '/api/v1/jobs/ttl-cleanup/runs', wait)).json;
    const alerts = [
      { rule: 'late_start_minutes', subject: 'nightly', message: 'schedule nightly starts 2 h late', to: '/jobs' },
      { rule: 'stale_groups', subject: 'groups', message: '9 groups have been stale', to: '/groups?stale=yes' },
      { rule: 'paused_run_hours', subject: run, message: `run ${run} has been paused`, to: `/runs/${run}` },
    ] as const;
    await keepAlerts(installation.parts.db, alerts, []);
    const { page, faults } = await open('/', await api.token('read'));
    await page.getByText('Schedule nightly starts 2 h late.').waitFor();
    for (const { message, to } of alerts) {
      const entry = page.locator('.needs li').filter({ hasText: message });
      expect(await entry.getByRole('link').getAttribute('href')).toBe(to);
    }
    expect(faults).toEqual([]);
  });
});
