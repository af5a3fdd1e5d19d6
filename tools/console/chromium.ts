import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

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

/** The Chromium of this machine: `COPPICE_CHROMIUM`, else the first of its names on the path; `null`: there is none. */
export function chromiumPath(): string | null {
  const { COPPICE_CHROMIUM: given, PATH: path = '' } = process.env;
  if (given !== undefined) return given;
  const found = path.split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  return found.find((file) => existsSync(file)) ?? null;
}

export function launchChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: flags });
}
