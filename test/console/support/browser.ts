import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { describe, test } from 'vitest';
import { describeEndToEnd } from '../../support/requires.ts';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The Chromium of this machine: `COPPICE_CHROMIUM`, else the first of its names on the path. */
function chromiumPath(): string | null {
  const { COPPICE_CHROMIUM: given, PATH: path = '' } = process.env;
  if (given !== undefined) return given;
  const found = path.split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  return found.find((file) => existsSync(file)) ?? null;
}

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
    const launch = () => chromium.launch({ executablePath, args: flags });
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
