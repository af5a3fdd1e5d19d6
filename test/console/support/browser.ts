import type { Browser, BrowserContext, Page } from 'playwright-core';
import { describe, test } from 'vitest';
import { chromiumPath, launchChromium } from '../../../tools/console/chromium.ts';
import { describeEndToEnd } from '../../support/requires.ts';

/** More than a poll of the page. */
const actionTimeoutMs = 20_000;

export interface BrowserServers {
  readonly postgresUrl: string;
  readonly temporalAddress: string;
  readonly launch: () => Promise<Browser>;
}

/** A suite with a real browser. Without one it is reported as skipped; `COPPICE_REQUIRE=all` fails it. */
export function describeWithBrowser(name: string, suite: (servers: BrowserServers) => void): void {
  const executablePath = chromiumPath();
  if (executablePath !== null) {
    const launch = () => launchChromium(executablePath);
    describeEndToEnd(name, (servers) => suite({ ...servers, launch }));
    return;
  }
  const why = 'there is no Chromium (Debian: apt-get install chromium; or set COPPICE_CHROMIUM)';
  if (process.env.COPPICE_REQUIRE === 'all') {
    test(name, () => {
      throw new Error(`a browser is required (COPPICE_REQUIRE=all): ${why}`);
    });
  } else {
    process.stderr.write(`SKIPPED: ${name}: ${why}\n`);
    describe.skip(`${name}: SKIPPED, ${why}`, () => {});
  }
}

/** Everything that must not happen on a page: what it logs as an error, throws, or tries against its policy. */
export interface Watched {
  readonly page: Page;
  readonly faults: readonly string[];
}

/** A page that notes faults, signed in with the token where there is one. */
export async function openPage(context: BrowserContext, url: string, token: string | null): Promise<Watched> {
  context.setDefaultTimeout(actionTimeoutMs);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    // A refused request is what a test asks for; what the page makes of it is what counts.
    if (!/Failed to load resource/.test(message.text())) faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(error.message));
  await page.exposeFunction('noteViolation', (text: string) => faults.push(`policy: ${text}`));
  await page.addInitScript({
    content: `document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
      window.noteViolation(violatedDirective + ' ' + blockedURI);
    });`,
  });
  await page.goto(url);
  if (token !== null) await signIn(page, token);
  return { page, faults };
}

export async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation', { name: 'Console' }).waitFor();
}
