import { sql } from 'kysely';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { createSignInLink } from '../../src/operations/access/console-sessions.ts';
import { dropToken } from '../../src/operations/access/tokens.ts';
import { startTestApi } from '../api/support/test-api.ts';
import { describeWithBrowser, openPage, signIn } from './support/browser.ts';
import { button, ConsoleStage } from './support/stage.ts';

/** Holds answers back; returns how to let them go. */
async function holdBack(page: Page, addresses: string): Promise<() => void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  await page.route(addresses, async (route) => {
    await promise;
    await route.continue();
  });
  return resolve;
}

describeWithBrowser('sessions, addresses and servers of the console', (servers) => {
  const stage = new ConsoleStage(servers);
  const open = stage.open.bind(stage);

  it('signing out asks to sign in at once, and the next person sees nothing of the one before', async () => {
    const { page, faults } = await open('/holds', await stage.api.token('read'));
    await page.getByText('azure').first().waitFor();
    await page.route('**/console/session', (route) =>
      route.request().method() === 'DELETE' ? route.fulfill({ status: 500, body: '' }) : route.continue(),
    );
    await button(page, 'Sign out').click();
    await page.getByRole('alert').getByText('You are still signed in.').waitFor();
    await page.unroute('**/console/session');
    await button(page, 'Sign out').click();
    await page.getByLabel('Token').waitFor();
    // Answers of the next person are held back: nothing but what was kept could be shown.
    const release = await holdBack(page, '**/api/v1/holds');
    await signIn(page, await stage.api.token('read', { workspaces: ['crimson'] }));
    await page.getByText('Loading').waitFor();
    expect(await page.getByText('azure').count()).toBe(0);
    release();
    await page.getByText('crimson').first().waitFor();
    expect(await page.getByText('azure').count()).toBe(0);
    expect(faults).toEqual([]);
  });

  it('a link signs in once, and is not in the address', async () => {
    const { token: name } = (await stage.api.ask('GET', '/api/v1/session')).json;
    const link = `${stage.api.url}/sign-in#link=${await createSignInLink(stage.installation.context, name)}`;
    const { page, faults } = await openPage(await stage.browser.newContext(), link, null);
    await page.getByText('Needs you').waitFor();
    expect(page.url()).toBe(`${stage.api.url}/`);
    const other = await openPage(await stage.browser.newContext(), link, null);
    await other.page.getByRole('alert').getByText('The link was used already, or has expired.').waitFor();
    await signIn(other.page, await stage.api.token('read'));
    expect([...faults, ...other.faults]).toEqual([]);
  });

  it('a command is copied on a page that came over plain HTTP', async () => {
    const context = await stage.browser.newContext();
    await context.addInitScript({
      content: `Object.defineProperty(window, 'isSecureContext', { value: false });
        Object.defineProperty(navigator, 'clipboard', { value: undefined });`,
    });
    const { page, faults } = await openPage(context, `${stage.api.url}/holds?run=none`, await stage.api.token('read'));
    await button(page, 'Copy').click();
    await button(page, 'Copied').waitFor();
    await page.getByLabel('partition').focus();
    await page.keyboard.press('Control+V');
    expect(await page.getByLabel('partition').inputValue()).toBe('coppice holds list');
    expect(faults).toEqual([]);
  });

  it('behind a proxy that sends the token there is no session to sign out of', async () => {
    const context = await stage.browser.newContext({
      extraHTTPHeaders: { authorization: `Bearer ${await stage.api.token('read')}` },
    });
    const { page, faults } = await openPage(context, `${stage.api.url}/`, null);
    await page.getByText('Your proxy signs you in and out.').waitFor();
    expect(await button(page, 'Sign out').count()).toBe(0);
    expect(faults).toEqual([]);
  });

  it('while an undo of a run is open no other is offered, and none after it', async () => {
    const token = await stage.api.token('admin');
    const { page, faults } = await open(`/runs/${stage.world.removed}`, token);
    await button(page, 'Undo').waitFor();
    const { db } = stage.installation.parts;
    await db.transaction().execute(async (tx) => {
      // The undo waits here.
      await sql`lock table knowledge.documents in share row exclusive mode`.execute(tx);
      await button(page, 'Undo').click();
      await page.getByRole('dialog').getByRole('button', { name: 'Undo' }).click();
      await page.getByRole('heading', { name: 'ttl-cleanup, undo' }).waitFor();
      await page.goBack();
      await page.getByText('An undo puts this run back.').waitFor();
      expect(await button(page, 'Undo').count()).toBe(0);
    });
    await page.getByText('An undo puts this run back.').waitFor({ state: 'detached' });
    await page.getByText('The ledger holds nothing of this run').waitFor();
    expect(await button(page, 'Undo').count()).toBe(0);
    expect(faults).toEqual([]);
  });

  it('an address under which nothing is says so, without a message of the server', async () => {
    const { page, faults } = await open('/', await stage.api.token('read'));
    const refused: string[] = [];
    page.on('response', (response) => {
      if (response.status() >= 400 && response.url().includes('/api/')) refused.push(response.url());
    });
    await page.clock.install();
    for (const [path, what] of [
      ['/nowhere', 'page'],
      ['/runs/%00', 'page'],
      ['/runs/%E0%A4%A', 'page'],
      ['/runs/a/b', 'page'],
      [`/jobs/${'x'.repeat(501)}`, 'page'],
      [`/jobs/${'x'.repeat(3_000)}`, 'page'],
      ['/reports/xx', 'page'],
      ['/reports/00', 'report'],
      ['/runs/nothing', 'run'],
      ['/jobs/nothing', 'job'],
      ['/merges/nothing', 'pair'],
      ['/review/nothing', 'proposal'],
    ] as const) {
      refused.length = 0;
      await page.goto(`${stage.api.url}${path}`);
      await page.getByRole('heading', { name: `There is no such ${what}` }).waitFor();
      await page.getByRole('main').getByRole('link').waitFor();
      expect(await page.getByRole('alert').count(), path).toBe(0);
      await page.clock.runFor(60_000);
      // An id that can be none is not even asked for, and no answer is asked for again.
      expect(refused, path).toHaveLength(what === 'page' ? 0 : 1);
    }
    expect(faults).toEqual([]);
  });

  it('a list names what it does not filter by, and forgets it', async () => {
    const { page, faults } = await open('/', await stage.api.token('admin'));
    for (const [path, rest] of [
      ['/runs?status=nope', ''],
      ['/runs?statuses=held', ''],
      ['/runs?status=held&status=failed', '?status=held'],
      ['/jobs?paused=perhaps', ''],
      ['/groups?stale=perhaps', ''],
      ['/insights?days=5', ''],
      ['/holds?partition=%00&run=none', '?run=none'],
      [`/dead-letters?job=${'x'.repeat(501)}`, ''],
      ['/review?job=a', ''],
      ['/reports?type=weekly', ''],
      ['/stores?kind=graph', ''],
    ] as const) {
      await page.goto(`${stage.api.url}${path}`);
      await page.getByText('This list is not filtered by').waitFor();
      expect(await page.getByRole('alert').count(), path).toBe(0);
      await button(page, 'Remove from the address').click();
      await page.getByText('This list is not filtered by').waitFor({ state: 'detached' });
      expect(new URL(page.url()).search, path).toBe(rest);
    }
    expect(faults).toEqual([]);
  });

  it('a revoked token asks to sign in, and the page stays where it was', async () => {
    const token = await stage.api.token('admin');
    const { page } = await open('/runs?status=held', token);
    // Loaded before the token is gone, or there is nothing to choose.
    await page.getByLabel('Job').locator('option', { hasText: 'ttl-cleanup' }).waitFor({ state: 'attached' });
    await dropToken(stage.installation.context, token.split('_')[1] ?? '');
    // The next request learns of it.
    await page.getByLabel('Job').selectOption('ttl-cleanup');
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    await signIn(page, await stage.api.token('read'));
    await page.getByRole('heading', { name: 'Runs' }).waitFor();
    expect(page.url()).toBe(`${stage.api.url}/runs?job=ttl-cleanup&status=held`);
  });

  it('a hidden tab asks nothing', async () => {
    const { page } = await open('/', await stage.api.token('read'));
    await page.getByText('Needs you').waitFor();
    await page.clock.install();
    const asked: string[] = [];
    await page.evaluate(`Object.defineProperty(document, 'hidden', { value: true, configurable: true });
      Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));`);
    await page.clock.runFor(1_000);
    page.on('request', (request) => asked.push(request.url()));
    await page.clock.runFor(300_000);
    expect(asked).toEqual([]);
  });

  it('nothing polls while rows are chosen', async () => {
    const { page, faults } = await open('/', await stage.api.token('admin'));
    await page.clock.install();
    for (const [path, name] of [
      ['/dead-letters', 'Choose crimson of ttl-cleanup'],
      ['/jobs', 'Choose ttl-cleanup'],
    ] as const) {
      await page.goto(`${stage.api.url}${path}`);
      await page.getByLabel(name).check();
      await page.getByText(/\d chosen|1 job chosen/).waitFor();
      await page.waitForLoadState('networkidle');
      const asked: string[] = [];
      const note = (request: { url(): string }) => asked.push(request.url());
      page.on('request', note);
      await page.clock.runFor(300_000);
      expect(asked).toEqual([]);
      page.off('request', note);
      const again = page.waitForRequest('**/api/v1/overview');
      await page.getByLabel(name).uncheck();
      await page.clock.runFor(15_000);
      await again;
    }
    expect(faults).toEqual([]);
  });

  it('a slow server is named until it answers', async () => {
    const { page, faults } = await open('/', await stage.api.token('read'));
    await page.getByText('Needs you').waitFor();
    await page.clock.install();
    const release = await holdBack(page, '**/api/v1/holds');
    await page.getByRole('link', { name: 'Holds' }).click();
    await page.getByText('Loading').waitFor();
    await page.clock.runFor(10_000);
    await page.getByText('The server takes long to answer.').waitFor();
    release();
    await page.getByText('azure').first().waitFor();
    await page.getByText('The server takes long to answer.').waitFor({ state: 'detached' });
    expect(faults).toEqual([]);
  });

  it('a server that wants fewer requests is named, and asked again when it says', async () => {
    const strict = await startTestApi(stage.installation, { rateLimitPerMinute: 30 });
    const token = await stage.api.token('read');
    const { page, faults } = await openPage(await stage.browser.newContext(), strict.url, token);
    await page.clock.install();
    await page.goto(`${strict.url}/holds`);
    await page.getByText('azure').first().waitFor();
    const limited = page.waitForResponse((response) => response.status() === 429);
    while ((await fetch(`${strict.url}/api/v1/jobs`, { headers: { authorization: `Bearer ${token}` } })).ok);
    await page.clock.runFor(11_000);
    const seconds = Number((await limited).headers()['retry-after']);
    await page.getByRole('link', { name: 'Reports' }).click();
    const note = page.getByRole('alert').first();
    await note.getByText('More than 30 requests within a minute.').waitFor();
    await note.getByText(/The page asks again by itself, in \d+ seconds?\./).waitFor();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.clock.runFor((seconds - 5) * 1_000);
    expect(asked.filter((url) => url.includes('/overview'))).toEqual([]);
    // Its minute is over.
    await strict.close();
    const patient = await startTestApi(stage.installation, { port: Number(new URL(strict.url).port) });
    await page.clock.runFor(70_000);
    await page.getByText('weekly').first().waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(faults).toEqual([]);
    await page.close();
    await patient.close();
  });

  it('a server that is gone is named, and the page recovers by itself when it is back', async () => {
    const port = new URL(stage.api.url).port;
    const { page, faults } = await open('/', await stage.api.token('read'));
    await page.getByText('Needs you').waitFor();
    await stage.api.close();
    await page.getByRole('link', { name: 'Holds' }).click();
    await page.getByText('The server does not answer.').waitFor();
    stage.api = await startTestApi(stage.installation, { port: Number(port) });
    await page.getByText('The server does not answer.').waitFor({ state: 'detached' });
    expect(faults).toEqual([]);
  });
});
