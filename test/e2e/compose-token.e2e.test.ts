import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { startApiProcess } from '../support/api-process.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeEndToEnd } from '../support/requires.ts';

/** The script of `docker-compose.yml`, run without a container: its folder is another, `coppice` is that of the checkout. */
describeEndToEnd('the first token in docker-compose.yml', (servers) => {
  let installation: Installation;
  let folder: string;
  let tokens: string;

  beforeAll(async () => {
    installation = await createInstallation(servers);
    folder = mkdtempSync(join(tmpdir(), 'coppice-compose-'));
    tokens = join(folder, 'token');
    for (const path of [tokens, join(folder, 'bin')]) mkdirSync(path);
    symlinkSync(resolve('bin/coppice.mjs'), join(folder, 'bin', 'coppice'));
  });
  afterAll(async () => {
    await installation.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function start(): { readonly status: number | null; readonly printed: string; readonly token: string } {
    const { services } = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true });
    const { entrypoint, command } = services['api-token'];
    const [shell, ...options] = entrypoint;
    const script = command[0].replaceAll('/token/', `${tokens}/`);
    const PATH = [join(folder, 'bin'), process.env.PATH].join(delimiter);
    const env = { ...installation.env, PATH };
    const { status, stdout, stderr } = spawnSync(shell, [...options, script], { env, encoding: 'utf8' });
    return { status, printed: stdout + stderr, token: readFileSync(join(tokens, 'admin'), 'utf8').trim() };
  }

  async function answerTo(token: string): Promise<number> {
    const api = await startApiProcess(installation.env);
    const { status } = await fetch(`${api.url}/api/v1/jobs`, { headers: { authorization: `Bearer ${token}` } });
    await api.stop();
    return status;
  }

  it('is made once, is its owner’s alone, opens the API, and is not in the log', async () => {
    const first = start();
    expect(first.status).toBe(0);
    expect(first.token).toMatch(/^coppice_/);
    expect(first.printed).not.toContain(first.token);
    expect(statSync(join(tokens, 'admin')).mode & 0o077).toBe(0);
    expect(await answerTo(first.token)).toBe(200);
    expect(start()).toMatchObject({ status: 0, printed: '', token: first.token });
  });

  it('is made anew when the volume is deleted, and the former one is no longer accepted', async () => {
    const before = start().token;
    rmSync(join(tokens, 'admin'));
    const again = start();
    expect(again.status).toBe(0);
    expect(again.token).not.toBe(before);
    expect(await answerTo(again.token)).toBe(200);
    expect(await answerTo(before)).toBe(401);
  });
});
