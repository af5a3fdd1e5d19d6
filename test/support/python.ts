import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, test } from 'vitest';
import { type PythonSet, pythonEnvironment } from '../../tools/servers/python-env.ts';
import { describeEndToEnd } from './requires.ts';

export interface PythonServers {
  readonly postgresUrl: string;
  readonly temporalAddress: string;
  /** A Python with the libraries of the set. */
  readonly python: string;
}

/**
 * A suite on native PostgreSQL, Temporal and the real Python libraries. Those are installed by the first file that asks
 * for them; where that fails the suite is reported as skipped, or with `COPPICE_REQUIRE=all` as failed.
 */
export async function describeWithPython(
  name: string,
  suite: (servers: PythonServers) => void,
  set: PythonSet = 'requirements.txt',
): Promise<void> {
  await withPython(name, (python) => describeEndToEnd(name, (servers) => suite({ ...servers, python })), set);
}

/** The same for a suite that needs other servers: `suites` declares them, or none where the libraries are missing. */
export async function withPython(
  name: string,
  suites: (python: string) => void,
  set: PythonSet = 'requirements.txt',
): Promise<void> {
  const python = await environmentOrReason(set);
  if ('path' in python) {
    suites(python.path);
  } else if (process.env.COPPICE_REQUIRE === 'all') {
    test(name, () => {
      throw new Error(`the Python libraries are required (COPPICE_REQUIRE=all) and cannot be installed: ${python.why}`);
    });
  } else {
    process.stderr.write(`SKIPPED: ${name}: the Python libraries cannot be installed: ${python.why}\n`);
    describe.skip(`${name}: SKIPPED, the Python libraries cannot be installed: ${python.why}`, () => {});
  }
}

async function environmentOrReason(set: PythonSet): Promise<{ path: string } | { why: string }> {
  try {
    return { path: await pythonEnvironment((line) => process.stderr.write(`${line}\n`), set) };
  } catch (error) {
    return { why: error instanceof Error ? error.message : String(error) };
  }
}

/** Runs a script of `test/python` in a process of its own: JSON in, JSON out. */
export async function runPython(
  python: string,
  script: string,
  input: object,
  env: Readonly<Record<string, string>>,
  // biome-ignore lint/suspicious/noExplicitAny: tests look at documents whose shape they assert.
): Promise<any> {
  const child = spawn(python, [new URL(`../python/${script}`, import.meta.url).pathname], {
    // Nothing of the caller's own settings: no key, no proxy, no other database.
    env: { PATH: process.env.PATH, PYTHONDONTWRITEBYTECODE: '1', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end(JSON.stringify(input));
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  if (code !== 0) throw new Error(`${script} ended with ${code}:\n${err.slice(-4_000)}`);
  return JSON.parse(out);
}
