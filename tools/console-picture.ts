/**
 * Writes docs/images/console.png: the overview of the demo, once its jobs have run and one waits for a person. Needs a Chromium
 * (`COPPICE_CHROMIUM`) and a build: `npm run build && node tools/node.mjs tools/console-picture.ts`.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { chromiumPath, launchChromium } from './console/chromium.ts';

const run = promisify(execFile);
const root = dirname(import.meta.dirname);
const command = join(root, 'bin', 'coppice.mjs');
const size = { width: 1280, height: 860 };
const longestMs = 120_000;
const pollMs = 500;

const executablePath = chromiumPath();
if (executablePath === null) throw new Error('there is no Chromium: set COPPICE_CHROMIUM');
const dataDir = mkdtempSync(join(tmpdir(), 'coppice-picture-'));
const { DATABASE_URL: _database, TEMPORAL_ADDRESS: _address, ...env } = process.env;
const up = spawn(process.execPath, [command, 'up', '--demo', '--data-dir', dataDir], { env, stdio: 'ignore' });
try {
  await lastRun();
  const { stdout: link } = await run(process.execPath, [command, 'console', '--data-dir', dataDir], { env });
  const browser = await launchChromium(executablePath);
  const page = await browser.newPage({ viewport: size, deviceScaleFactor: 2, colorScheme: 'light' });
  await page.goto(link.trim());
  await page.getByText('is held').waitFor();
  await page.locator('.next li').nth(2).waitFor();
  await page.screenshot({ path: join(root, 'docs', 'images', 'console.png') });
  await browser.close();
} finally {
  const ended = once(up, 'exit');
  up.kill('SIGINT');
  await ended;
  rmSync(dataDir, { recursive: true, force: true });
}

async function lastRun(): Promise<void> {
  for (const deadline = Date.now() + longestMs; Date.now() < deadline; await sleep(pollMs)) {
    // Before it is up, a command would open the embedded database for itself.
    if (!existsSync(join(dataDir, 'up.json'))) continue;
    const asked = run(process.execPath, [command, 'runs', '--job', 'weekly-report', '--json', '--data-dir', dataDir], {
      env,
    });
    const { stdout } = await asked.catch(() => ({ stdout: '[]' }));
    if (JSON.parse(stdout).length > 0) return;
  }
  throw new Error('the demo has written no report');
}
