import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../api/support/test-api.ts';
import type { Installation } from '../support/installation.ts';
import { describeWithBrowser, openPage } from './support/browser.ts';
import { type ConsoleWorld, createConsoleWorld, fillConsoleWorld, markup } from './support/console-world.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const widths = [360, 1024, 1440];
const height = 900;
/** A window of 1,280 pixels at a zoom of 200 and of 400 percent. */
const zoomed = [
  { width: 640, height: 450 },
  { width: 320, height: 225 },
];
const widerThanScreen = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
/** Where CI keeps the pictures of all views. */
const pictures = process.env.COPPICE_SCREENSHOTS;

interface AxeFinding {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** Everything that a person can act with, where it can be reached: in sight, or by scrolling down. */
const actions = `[...document.querySelectorAll('a, button, summary, input, select')]
  .filter((one) => one.checkVisibility() && !one.matches('.skip'))
  .map((one) => [one, one.getBoundingClientRect()])
  .filter(([one, { left, right }]) => right > 0 && left < document.documentElement.clientWidth)
  .map(([one]) => one.getAttribute('aria-label') ?? one.getAttribute('name') ?? one.textContent)
  .sort()`;

/** Axe comes from the debugger: the policy of the page admits no script but its own. */
async function axeFindings(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  await session.send('Runtime.evaluate', { expression: axe });
  const found = await page.evaluate<readonly AxeFinding[]>('axe.run().then(({ violations }) => violations)');
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`)}`);
}

describeWithBrowser('views of the console', ({ launch, ...servers }) => {
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
    if (pictures !== undefined) mkdirSync(pictures, { recursive: true });
  });
  afterAll(async () => {
    await browser?.close();
    await api?.close();
    await installation?.close();
  });

  /** Views by their addresses, each with what shows that it has its data. */
  const views = (): readonly (readonly [string, string, string])[] => [
    ['overview', '/', 'is held'],
    ['runs', '/runs', 'documents removed'],
    ['run', `/runs/${world.removed}`, 'Item by item'],
    ['held', `/runs/${world.held}`, 'What it would do'],
    ['jobs', '/jobs', 'Remove expired documents'],
    ['job', '/jobs/ttl-cleanup', 'max_age_days'],
    ['review', '/review', 'person-1'],
    ['proposal', `/review/${world.proposal}`, 'Proposed change'],
    ['merge', `/merges/${world.merge}`, 'Joined to'],
    ['dead-letters', '/dead-letters', 'crimson'],
    ['holds', '/holds', 'Filter to lift'],
    ['groups', '/groups', 'scarlet'],
    ['stores', '/stores', 'knowledge.documents'],
    ['insights', '/insights', 'invoice'],
    ['reports', '/reports', 'weekly'],
    ['report', `/reports/${world.report}`, 'Recommendations'],
    ['nowhere', '/jobs/no-such-job', 'no-such-job'],
  ];

  it.each(['light', 'dark'] as const)(
    'in the %s theme: no finding of axe, nothing against the policy, no markup of a store, nothing wider than the screen',
    async (colorScheme) => {
      const context = await browser.newContext({ viewport: { width: 1440, height }, colorScheme });
      const { page, faults } = await openPage(context, api.url, token);
      for (const [name, path, expected] of views()) {
        await page.goto(`${api.url}${path}`);
        await page.getByText(expected).first().waitFor();
        for (const details of await page.locator('details').all()) {
          if (await details.isVisible()) await details.locator('summary').first().click();
        }
        for (const width of widths) {
          await page.setViewportSize({ width, height });
          const beyond = await page.evaluate<number>(widerThanScreen);
          expect(beyond, `${name} at ${width}`).toBeLessThanOrEqual(0);
          expect((await page.locator('main').boundingBox())?.width, name).toBeGreaterThan(width * 0.75);
          if (pictures !== undefined) {
            await page.screenshot({ path: join(pictures, `${name}-${width}-${colorScheme}.png`), fullPage: true });
          }
        }
        expect(await axeFindings(page), name).toEqual([]);
        expect(await page.evaluate("'hacked' in window"), name).toBe(false);
        expect(await page.locator('img').count(), name).toBe(0);
      }
      expect(faults).toEqual([]);
      await context.close();
    },
  );

  it('at a zoom of 200 and of 400 percent nothing is lost, and nothing scrolls sideways', async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height }, deviceScaleFactor: 2 });
    const { page } = await openPage(context, api.url, token);
    for (const [name, path, expected] of views()) {
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

  it('every dialog keeps to the policy, has no finding of axe, and closes with Escape', async () => {
    const context = await browser.newContext();
    const { page, faults } = await openPage(context, `${api.url}/runs/${world.held}`, token);
    const open = async (path: string, name: string, choose?: string) => {
      await page.goto(`${api.url}${path}`);
      if (choose !== undefined) await page.getByLabel(choose).first().check();
      await page.getByRole('button', { name, exact: true }).first().click();
      const dialog = page.getByRole('dialog');
      await dialog.waitFor();
      expect(await axeFindings(page), name).toEqual([]);
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
    };
    await open(`/runs/${world.held}`, 'Approve');
    await open(`/runs/${world.held}`, 'Reject');
    await open(`/runs/${world.removed}`, 'Undo');
    await open('/jobs', 'Pause', 'Choose ttl-cleanup');
    await open('/jobs/ttl-cleanup', 'Pause');
    await open('/dead-letters', 'Try again', 'Choose crimson of ttl-cleanup');
    await open('/holds?partition=azure', 'Lift these holds');
    await open('/groups', 'Maintain scarlet');
    expect(faults).toEqual([]);
    await context.close();
  });
});
