import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../api/support/test-api.ts';
import type { Installation } from '../support/installation.ts';
import { describeWithBrowser, openPage } from './support/browser.ts';
import { type ConsoleWorld, createConsoleWorld, fillConsoleWorld, markup } from './support/console-world.ts';
import { viewsOf, widerThanScreen } from './support/views.ts';

const height = 900;
/** A window of 1,280 pixels at a zoom of 200 and of 400 percent. */
const zoomed = [
  { width: 640, height: 450 },
  { width: 320, height: 225 },
];
/** Everything that a person can act with, where it can be reached: in sight, or by scrolling down. */
const actions = `[...document.querySelectorAll('a, button, summary, input, select')]
  .filter((one) => one.checkVisibility() && !one.matches('.skip'))
  .map((one) => [one, one.getBoundingClientRect()])
  .filter(([one, { left, right }]) => right > 0 && left < document.documentElement.clientWidth)
  .map(([one]) => one.getAttribute('aria-label') ?? one.getAttribute('name') ?? one.textContent)
  .sort()`;

describeWithBrowser('reading the console', ({ launch, ...servers }) => {
  let installation: Installation;
  let api: TestApi;
  let world: ConsoleWorld;
  let browser: Browser;
  let token: string;

  beforeAll(async () => {
    installation = await createConsoleWorld(servers);
    api = await startTestApi(installation);
    world = await fillConsoleWorld(installation, api);
    token = await api.token('admin', { content: true });
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    await api?.close();
    await installation?.close();
  });

  it('at a zoom of 200 and of 400 percent nothing is lost, and nothing scrolls sideways', async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height }, deviceScaleFactor: 2 });
    const { page } = await openPage(context, api.url, token);
    for (const [name, path, expected] of viewsOf(world)) {
      await page.goto(`${api.url}${path}`);
      await page.getByText(expected).first().waitFor();
      await page.waitForLoadState('networkidle');
      const whole = await page.evaluate<string[]>(actions);
      for (const viewport of zoomed) {
        await page.setViewportSize(viewport);
        expect(await page.evaluate<string[]>(actions), `${name} at ${viewport.width}`).toEqual(whole);
        expect(await page.evaluate<number>(widerThanScreen), `${name} at ${viewport.width}`).toBeLessThanOrEqual(0);
      }
      await page.setViewportSize({ width: 1280, height });
    }
    await context.close();
  });

  it('text of a store is shown as it is', async () => {
    const context = await browser.newContext();
    const { page, faults } = await openPage(context, api.url, token);
    const hostile = encodeURIComponent(markup);
    for (const path of [
      '/dead-letters',
      '/groups',
      '/holds',
      '/jobs/ttl-cleanup',
      '/reports',
      '/review',
      `/review/${world.proposal}`,
      `/merges/${world.merge}`,
      `/reports/${world.hostileReport}`,
      `/runs/${world.removed}`,
      `/runs/${world.undone}`,
      // Of the address.
      `/runs?status=${hostile}`,
      `/dead-letters?job=${hostile}`,
      `/jobs/${hostile.replaceAll('%2F', '')}`,
    ]) {
      await page.goto(`${api.url}${path}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      if (path.endsWith(world.removed)) await page.getByText('Its content').first().click();
      const shown = page.getByText('<img src=x').filter({ visible: true });
      await expect.poll(() => shown.count(), { message: path, timeout: 20_000 }).toBeGreaterThan(0);
      expect(await page.evaluate("'hacked' in window"), path).toBe(false);
      expect(await page.locator('img').count(), path).toBe(0);
    }
    expect(faults).toEqual([]);
    await context.close();
  });
});
