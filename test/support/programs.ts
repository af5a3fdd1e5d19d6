import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, test } from 'vitest';
import { freePort } from '../../src/local/free-port.ts';
import { until } from './until.ts';

/** A suite with a program of Debian. Without it the suite is reported as skipped; `COPPICE_REQUIRE=all` fails it. */
export function describeWithProgram(
  program: string,
  debianPackage: string,
  name: string,
  suite: (path: string) => void,
  folders: readonly string[] = (process.env.PATH ?? '').split(delimiter),
): void {
  const path = folders.map((folder) => join(folder, program)).find(isExecutable);
  if (path !== undefined) {
    describe(name, () => suite(path));
    return;
  }
  const why = `there is no ${program} (Debian: apt-get install ${debianPackage})`;
  if (process.env.COPPICE_REQUIRE === 'all') {
    test(name, () => {
      throw new Error(`${program} is required (COPPICE_REQUIRE=all): ${why}`);
    });
  } else {
    process.stderr.write(`SKIPPED: ${name}: ${why}\n`);
    describe.skip(`${name}: SKIPPED, ${why}`, () => {});
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface RunningProgram {
  readonly url: string;
  stop(): Promise<void>;
}

/** A server of one address, with a folder for its data; resolves once it is ready. */
export async function startProgram(
  program: string,
  argumentsFor: (address: string, folder: string) => readonly string[],
): Promise<RunningProgram> {
  const folder = mkdtempSync(join(tmpdir(), 'coppice-monitoring-'));
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(program, argumentsFor(address, folder), { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.on('data', (part) => {
    log += part;
  });
  const url = `http://${address}`;
  await until(`${program} is ready`, async () => {
    if (child.exitCode !== null) throw new Error(`${program} ended at start:\n${log.slice(-2_000)}`);
    const response = await fetch(`${url}/-/ready`).catch(() => null);
    return response?.ok === true;
  });
  return { url, stop: () => stop(child, folder) };
}

async function stop(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null) {
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  }
  rmSync(folder, { recursive: true, force: true });
}
