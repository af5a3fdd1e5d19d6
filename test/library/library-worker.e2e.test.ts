import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeEndToEnd } from '../support/requires.ts';

const script = join(import.meta.dirname, 'application.mjs');

describeEndToEnd('a worker in the process of an application', (servers) => {
  let installation: Installation;
  let child: ChildProcess | null = null;

  beforeAll(async () => {
    installation = await createInstallation(servers);
  });
  afterAll(async () => {
    child?.kill('SIGKILL');
    await installation?.close();
  });

  it.each([
    ['that has installed a Temporal runtime of its own', ['own-runtime']],
    ['that has not', []],
    ['that has stopped another one before it polled', ['early']],
  ])('%s carries out runs, changes nothing global, and leaves the process to the application', async (_, args) => {
    const application = spawn(process.execPath, [script, ...args], {
      env: installation.env,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child = application;
    const errors: string[] = [];
    createInterface({ input: application.stderr }).on('line', (line) => errors.push(line));
    const ended = once(application, 'exit');
    const lines = createInterface({ input: application.stdout })[Symbol.asyncIterator]();
    const next = async () => {
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`the application ended:\n${errors.slice(-20).join('\n')}`);
      return JSON.parse(value);
    };
    if (args.includes('early')) expect(await next()).toEqual({ ready: 'the worker has ended' });
    expect(await next()).toMatchObject({ installation: installation.id, namespace: 'default' });
    const { code, json } = await installation.cli('run', 'ttl-cleanup', '--wait', '--json');
    expect({ code, status: json.status }).toEqual({ code: 0, status: 'success' });
    application.stdin.write('stop\n');
    const { before, during, after, sameRuntime, failure } = await next();
    expect(during).toEqual(before);
    expect(after).toEqual(before);
    expect(before).toMatchObject({ parsesInt8: '9007199254740993', metrics: 0 });
    expect(sameRuntime).toBe(true);
    expect(failure).toContain('/nonexistent/coppice.yaml: the configuration file does not exist');
    // Nothing keeps the process alive, and nobody has ended it.
    expect(await ended).toEqual([0, null]);
  });
});
