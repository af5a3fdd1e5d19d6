import { expect, it } from 'vitest';
import { addLetters } from '../api/support/world.ts';
import { describeWithBrowser } from './support/browser.ts';
import { holdRun } from './support/console-world.ts';
import { button, ConsoleStage } from './support/stage.ts';

describeWithBrowser('actions in the console', (servers) => {
  const stage = new ConsoleStage(servers);
  const open = stage.open.bind(stage);

  it('a held run is approved and undone from the page, by keyboard alone', async () => {
    const { page, faults } = await open('/', await stage.api.token('admin'));
    await page.locator('.needs').getByRole('link', { name: 'Review' }).first().focus();
    await page.keyboard.press('Enter');
    await page.getByText(/60 of [\d,]+ rows would go/).waitFor();
    await button(page, 'Approve').focus();
    await page.keyboard.press('Enter');
    await page.getByLabel('Reason').fill('seen by ann');
    await page.keyboard.press('Enter');
    await page.getByText('60 documents removed').first().waitFor();
    await page.getByText('seen by ann').first().waitFor();
    await page.getByText('Item by item').waitFor();
    await button(page, 'Undo').focus();
    await page.keyboard.press('Enter');
    await page.getByText('60 removed: to put back').waitFor();
    await page.getByLabel('Reason').fill('on second thoughts');
    await page.keyboard.press('Enter');
    await page.getByText('60 documents put back').first().waitFor();
    await page.getByText('on second thoughts').waitFor();
    expect(faults).toEqual([]);
    const { approval } = (await stage.api.ask('GET', `/api/v1/runs/${stage.world.held}`)).json;
    expect(approval.reason).toBe('seen by ann');
  });

  it('of two people who approve the same run, one starts it and the other is told', async () => {
    const held = await holdRun(stage.installation, stage.api);
    const token = await stage.api.token('admin');
    const [first, second] = [await open(`/runs/${held}`, token), await open(`/runs/${held}`, token)];
    for (const { page } of [first, second]) await button(page, 'Approve').click();
    await first.page.getByRole('button', { name: /^Approve \d+ rows$/ }).click();
    await first.page.getByText('60 documents removed').first().waitFor();
    await second.page.getByRole('button', { name: /^Approve \d+ rows$/ }).click();
    await second.page
      .getByRole('alert')
      .getByText(/was approved by token .+ already/)
      .waitFor();
    expect([...first.faults, ...second.faults]).toEqual([]);
    const { approval } = (await stage.api.ask('GET', `/api/v1/runs/${held}`)).json;
    await stage.api.ask('POST', `/api/v1/runs/${approval.approved_run}/undo`, { headers: { prefer: 'wait=60' } });
  });

  it('a schedule is paused with a reason, and all chosen ones resumed together', async () => {
    const { page, faults } = await open('/jobs/ttl-cleanup', await stage.api.token('admin'));
    await button(page, 'Pause').click();
    await page.getByLabel('Reason').fill('migration');
    await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click();
    await page.getByText(/Paused by token .+: migration/).waitFor();
    await page.getByRole('link', { name: 'Jobs' }).first().click();
    await page.getByLabel('Choose ttl-cleanup').check();
    await button(page, 'Resume').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    const { schedules } = (await stage.api.ask('GET', '/api/v1/schedules')).json;
    expect(schedules).toMatchObject([{ job: 'ttl-cleanup', paused: false }]);
    expect(faults).toEqual([]);
  });

  it('a preview counts with the given parameters, and a value that is none is named', async () => {
    const { page, faults } = await open('/jobs/ttl-cleanup', await stage.api.token('admin'));
    await page.getByLabel('max_age_days').fill('off');
    await button(page, 'Preview').click();
    await page.getByText('What it would do').waitFor();
    await page.getByLabel('max_age_days').fill('soon');
    await button(page, 'Preview').click();
    await page
      .getByRole('alert')
      .getByText(/max_age_days/)
      .waitFor();
    expect(faults).toEqual([]);
  });

  it('a field that was emptied is sent as the off that it shows', async () => {
    const { page, faults } = await open('/jobs/ttl-cleanup', await stage.api.token('admin'));
    const field = page.getByLabel('max_age_days');
    await page.route('**/api/v1/jobs/ttl-cleanup', async (route) => {
      const response = await route.fetch();
      const job = await response.json();
      job.parameters.max_age_days.value = 90;
      await route.fulfill({ response, json: job });
    });
    await page.reload();
    await field.fill('');
    expect(await field.getAttribute('placeholder')).toBe('off');
    const asked = page.waitForRequest('**/preview');
    await button(page, 'Preview').click();
    expect((await asked).postDataJSON()).toEqual({ parameters: { max_age_days: 'off' } });
    expect(faults).toEqual([]);
  });

  it('the focus stays in the page after an action', async () => {
    const { page, faults } = await open('/jobs/ttl-cleanup', await stage.api.token('admin'));
    const focused = (selector: string) => page.locator(`${selector}:focus`).waitFor();
    await button(page, 'Preview').focus();
    await page.keyboard.press('Enter');
    await page.getByText('What it would do').waitFor();
    await focused('button[value=preview]');
    await button(page, 'Pause').focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await focused('.schedules button');
    await page.getByRole('link', { name: 'Jobs' }).first().click();
    await page.getByLabel('Choose ttl-cleanup').check();
    await button(page, 'Resume').focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    // The button that asked has gone with the choice.
    await focused('main h1');
    expect(faults).toEqual([]);
  });

  it('the filter of the runs shows a job that does not exist', async () => {
    const { page, faults } = await open('/runs?job=nothing', await stage.api.token('read'));
    await page.getByText('No run fits.').waitFor();
    expect(await page.getByLabel('Job').inputValue()).toBe('nothing');
    expect(faults).toEqual([]);
  });

  it('an error of the server is told where an earlier answer stays in view, and goes when it answers again', async () => {
    const { page, faults } = await open('/', await stage.api.token('read'));
    await page.clock.install();
    await page.reload();
    await page.getByText('Needs you').waitFor();
    const problem = { status: 500, title: 'Internal error', detail: 'it broke', name: 'InternalError', hint: null };
    await page.route('**/api/v1/overview', (route) =>
      route.fulfill({ status: 500, contentType: 'application/problem+json', json: problem }),
    );
    await page.clock.runFor(11_000);
    await page.getByRole('alert').getByText('it broke').waitFor();
    expect(await page.getByText('Needs you').count()).toBe(1);
    await page.unroute('**/api/v1/overview');
    await page.clock.runFor(11_000);
    await page.getByRole('alert').getByText('it broke').waitFor({ state: 'detached' });
    expect(faults).toEqual([]);
  });

  it('a run whose events are refused is followed again, while it is open', async () => {
    const { page, faults } = await open('/', await stage.api.token('read'));
    await page.clock.install();
    await page.route(`**/api/v1/runs/${stage.world.removed}`, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), status: 'running' } });
    });
    await page.route('**/events', (route) => route.fulfill({ status: 503, body: '' }));
    const first = page.waitForResponse('**/events');
    await page.goto(`${stage.api.url}/runs/${stage.world.removed}`);
    await first;
    for (const _ of [1, 2]) {
      const again = page.waitForRequest('**/events');
      await page.clock.runFor(1_000);
      await page.clock.runFor(15_000);
      await again;
    }
    expect(faults).toEqual([]);
    // The page would go on asking after the API of this suite has ended.
    await page.unrouteAll({ behavior: 'wait' });
    await page.close();
  });

  it('proposals are decided one after the other by key', async () => {
    const { page, faults } = await open('/review', await stage.api.token('admin'));
    await page.getByRole('region', { name: 'Proposed changes' }).getByRole('link', { name: 'Begin' }).click();
    for (const key of ['y', 'n', 'x']) {
      const place = page.url();
      await page.getByText('Proposed change').waitFor();
      await button(page, 'Accept y').isEnabled();
      await page.keyboard.press(key);
      await page.waitForURL((url) => url.href !== place);
    }
    await page.waitForURL('**/review');
    const { proposals } = (await stage.api.ask('GET', '/api/v1/proposals')).json;
    expect(proposals.map(({ state }: { state: string }) => state)).toEqual(['accepted', 'rejected', 'never']);
    expect(faults).toEqual([]);
  });

  it('pairs are judged one after the other by key', async () => {
    const { page, faults } = await open('/review', await stage.api.token('admin'));
    await page.getByRole('region', { name: 'Are these the same?' }).getByRole('link', { name: 'Begin' }).click();
    await page.getByText('Joined to').first().waitFor();
    for (const key of ['y', 'n']) {
      const place = page.url();
      await page.getByText('Not merged by itself').waitFor();
      await page.keyboard.press(key);
      await page.waitForURL((url) => url.href !== place);
    }
    await page.getByText('No pair of entities waits for you.').waitFor();
    const { merges } = (await stage.api.ask('GET', '/api/v1/merges')).json;
    expect(merges.map(({ state }: { state: string }) => state)).toEqual(['accepted', 'never']);
    expect(faults).toEqual([]);
  });

  it('a report is written, read and downloaded', async () => {
    const { page, faults } = await open('/reports', await stage.api.token('run'));
    await button(page, 'Write a report').click();
    await page.getByLabel('Period').selectOption('monthly');
    await button(page, 'Write it').click();
    await page.getByRole('heading', { name: /^Monthly report/ }).waitFor();
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download' }).click();
    expect((await download).suggestedFilename()).toMatch(/^report-.+\.md$/);
    expect(faults).toEqual([]);
  });

  it('dead letters are dropped together', async () => {
    await addLetters(stage.installation, stage.api, stage.world.removed);
    const { page } = await open('/dead-letters', await stage.api.token('admin'));
    for (const name of ['crimson', 'azure']) await page.getByLabel(`Choose ${name} of ttl-cleanup`).check();
    await button(page, 'Drop').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Drop' }).click();
    await page.getByText('No partition was given up.').waitFor();
  });
});
