import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildReport } from '../../src/domain/reports/build-report.ts';
import { toHtml } from '../../src/domain/reports/html.ts';
import { sampleData, sampleReport } from '../support/sample-report.ts';
import { describeWithBrowser } from './support/browser.ts';

describeWithBrowser('the page of a report', ({ launch }) => {
  let browser: Browser;
  const titles = ['نسخ احتياطي, قاعدة', 'a'.repeat(300)];
  const topics = sampleData.topics.map((one, at) => ({ ...one, title: titles[at] ?? '' }));
  const html = toHtml(buildReport({ ...sampleReport, data: { ...sampleData, topics } }));
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());

  async function opened(options: BrowserContextOptions) {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const faults: string[] = [];
    page.on('console', (message) => faults.push(message.text()));
    page.on('request', (request) => faults.push(request.url()));
    await page.setContent(html);
    return { page, faults };
  }

  it.each([360, 900])('fits into %i pixels, whatever the names, and loads nothing', async (width) => {
    const { page, faults } = await opened({ viewport: { width, height: 900 } });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    expect(faults).toEqual([]);
    const bars = await page.locator('svg.days rect').count();
    expect(bars).toBe(sampleData.days.length);
  });

  it('is light or dark as the reader has set, and dark on white in print', async () => {
    const colours = async (options: BrowserContextOptions, media: 'print' | 'screen') => {
      const { page } = await opened(options);
      await page.emulateMedia({ media });
      return page.evaluate('[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]');
    };
    expect(await colours({ colorScheme: 'light' }, 'screen')).toEqual(['rgb(255, 255, 255)', 'rgb(28, 28, 26)']);
    expect(await colours({ colorScheme: 'dark' }, 'screen')).toEqual(['rgb(23, 25, 23)', 'rgb(233, 233, 228)']);
    expect(await colours({ colorScheme: 'dark' }, 'print')).toEqual(['rgb(255, 255, 255)', 'rgb(0, 0, 0)']);
  });
});
