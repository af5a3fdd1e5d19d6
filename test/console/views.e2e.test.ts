import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { describeWithBrowser, openPage } from './support/browser.ts';
import { ConsoleStage } from './support/stage.ts';
import { viewsOf, widerThanScreen } from './support/views.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const widths = [360, 1024, 1440];
const height = 900;
/** Where CI keeps the pictures of all views. */
const pictures = process.env.COPPICE_SCREENSHOTS;

interface AxeFinding {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** Axe comes from the debugger: the policy of the page admits no script but its own. */
async function axeFindings(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  await session.send('Runtime.evaluate', { expression: axe });
  const found = await page.evaluate<readonly AxeFinding[]>('axe.run().then(({ violations }) => violations)');
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`)}`);
}

describeWithBrowser('views of the console', (servers) => {
  const stage = new ConsoleStage(servers);
  let token: string;

  beforeAll(async () => {
    token = await stage.api.token('admin', { content: true });
    if (pictures !== undefined) mkdirSync(pictures, { recursive: true });
  });

  it.each(['light', 'dark'] as const)(
    'in the %s theme: no finding of axe, nothing against the policy, no markup of a store, nothing wider than the screen',
    async (colorScheme) => {
      const context = await stage.browser.newContext({ viewport: { width: 1440, height }, colorScheme });
      const { page, faults } = await openPage(context, stage.api.url, token);
      for (const [name, path, expected] of viewsOf(stage.world)) {
        await page.goto(`${stage.api.url}${path}`);
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

  it('every dialog keeps to the policy, has no finding of axe, and closes with Escape', async () => {
    const context = await stage.browser.newContext();
    const { page, faults } = await openPage(context, `${stage.api.url}/runs/${stage.world.held}`, token);
    const open = async (path: string, name: string, choose?: string) => {
      await page.goto(`${stage.api.url}${path}`);
      if (choose !== undefined) await page.getByLabel(choose).first().check();
      await page.getByRole('button', { name, exact: true }).first().click();
      const dialog = page.getByRole('dialog');
      await dialog.waitFor();
      expect(await axeFindings(page), name).toEqual([]);
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
    };
    await open(`/runs/${stage.world.held}`, 'Approve');
    await open(`/runs/${stage.world.held}`, 'Reject');
    await open(`/runs/${stage.world.removed}`, 'Undo');
    await open('/jobs', 'Pause', 'Choose ttl-cleanup');
    await open('/jobs/ttl-cleanup', 'Pause');
    await open('/dead-letters', 'Try again', 'Choose crimson of ttl-cleanup');
    await open('/holds?partition=azure', 'Lift these holds');
    await open('/groups', 'Maintain scarlet');
    expect(faults).toEqual([]);
    await context.close();
  });
});
