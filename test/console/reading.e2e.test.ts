import { beforeAll, expect, it } from 'vitest';
import { describeWithBrowser, openPage } from './support/browser.ts';
import { markup } from './support/console-world.ts';
import { ConsoleStage } from './support/stage.ts';
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

describeWithBrowser('reading the console', (servers) => {
  const stage = new ConsoleStage(servers);
  let token: string;

  beforeAll(async () => {
    token = await stage.api.token('admin', { content: true });
  });

  it('at a zoom of 200 and of 400 percent nothing is lost, and nothing scrolls sideways', async () => {
    const context = await stage.browser.newContext({ viewport: { width: 1280, height }, deviceScaleFactor: 2 });
    const { page } = await openPage(context, stage.api.url, token);
    for (const [name, path, expected] of viewsOf(stage.world)) {
      await page.goto(`${stage.api.url}${path}`);
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
    const context = await stage.browser.newContext();
    const { page, faults } = await openPage(context, stage.api.url, token);
    const hostile = encodeURIComponent(markup);
    for (const path of [
      '/dead-letters',
      '/groups',
      '/holds',
      '/jobs/ttl-cleanup',
      '/reports',
      '/review',
      `/review/${stage.world.proposal}`,
      `/merges/${stage.world.merge}`,
      `/reports/${stage.world.hostileReport}`,
      `/runs/${stage.world.removed}`,
      `/runs/${stage.world.undone}`,
      // Of the address.
      `/runs?status=${hostile}`,
      `/dead-letters?job=${hostile}`,
      `/jobs/${hostile.replaceAll('%2F', '')}`,
    ]) {
      await page.goto(`${stage.api.url}${path}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      if (path.endsWith(stage.world.removed)) await page.getByText('Its content').first().click();
      const shown = page.getByText('<img src=x').filter({ visible: true });
      await expect.poll(() => shown.count(), { message: path, timeout: 20_000 }).toBeGreaterThan(0);
      expect(await page.evaluate("'hacked' in window"), path).toBe(false);
      expect(await page.locator('img').count(), path).toBe(0);
    }
    expect(faults).toEqual([]);
    await context.close();
  });
});
