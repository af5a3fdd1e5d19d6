import { chromiumPath, launchChromium } from '../tools/console/chromium.ts';
import { withFilledApi } from './api-place.ts';
import { startServer } from './api-servers.ts';
import type { BenchOptions } from './options.ts';
import { type Section, whole } from './report.ts';
import { log, type Servers } from './servers.ts';
import { median } from './statistics.ts';

const views = ['/', '/runs', '/jobs', '/groups'] as const;
const signInHeaders = { 'content-type': 'application/json', 'x-coppice-console': '1' };

/** Time from the request for a page of the console until its content can be used, in a browser without a cache. */
export async function compareFirstView(servers: Servers, { rows, rounds }: BenchOptions): Promise<Section> {
  const executablePath = chromiumPath();
  if (executablePath === null) throw new Error('there is no Chromium: set COPPICE_CHROMIUM');
  return withFilledApi(servers, rows, async ({ env, token }) => {
    const api = await startServer(['dist/cli/main.js', 'api', '--json', '--port', '0'], env);
    const browser = await launchChromium(executablePath);
    try {
      const times = new Map<string, number[]>(views.map((view) => [view, []]));
      for (let round = 0; round <= rounds; round += 1) {
        for (const view of views) {
          const context = await browser.newContext();
          const signedIn = await context.request.post(`${api.url}/console/session`, {
            headers: signInHeaders,
            data: { token },
          });
          if (!signedIn.ok()) throw new Error(`signing in was answered with ${signedIn.status()}`);
          const page = await context.newPage();
          const startedAt = performance.now();
          await page.goto(api.url + view, { waitUntil: 'commit' });
          await page.locator('main h1').waitFor();
          await page.locator('.loading').first().waitFor({ state: 'detached' });
          const tookMs = performance.now() - startedAt;
          await context.close();
          // The first round warms the server up.
          if (round > 0) times.get(view)?.push(tookMs);
        }
      }
      const seen = [...times].map(([view, all]) => [view, ms(median(all)), ms(Math.max(...all))]);
      for (const row of seen) log(row.join('  '));
      return {
        versions: servers.versions,
        header: ['page', 'until it can be used, median', 'worst'],
        rows: seen,
        facts: [['runs on record', whole(rows)]],
      };
    } finally {
      await browser.close();
      await api.stop();
    }
  });
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}
