import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunJson } from '../../src/domain/run.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeEndToEnd } from '../support/requires.ts';

describeEndToEnd('coppice token and coppice api', (servers) => {
  let installation: Installation;

  beforeAll(async () => {
    installation = await createInstallation(servers);
  });
  afterAll(() => installation?.close());

  it('without any token nothing but loopback is listened on', async () => {
    const refused = await installation.cli('api', '--host', '0.0.0.0', '--port', '0', '--json');
    expect(refused).toMatchObject({ code: 1, json: { error: { name: 'OpenApiRefusedError' } } });
    expect(refused.json.error.hint).toContain('coppice token create');
  });

  it('a token is printed once, and only its hash is kept', async () => {
    const created = await installation.cli('token', 'create', 'ops', '--scope', 'admin');
    expect(created.code).toBe(0);
    const token = created.stdout.trim();
    // The secret may itself contain underscores.
    const secret = /^coppice_[0-9a-f]{12}_([\w-]{43})$/.exec(token)?.[1];
    expect(secret).toBeDefined();
    const { rows } = await sql<{ text: string }>`select t::text as text from coppice.tokens t`.execute(
      installation.parts.db,
    );
    expect(JSON.stringify(rows)).not.toContain(secret);
    const listed = await installation.cli('token', 'list', '--json');
    expect(listed.json).toMatchObject([{ name: 'ops', scope: 'admin', workspaces: null, revoked_at: null }]);
    expect(listed.stdout).not.toContain(secret);
    expect((await installation.cli('token', 'create', 'ops', '--json')).json.error.name).toBe('TokenExistsError');
  });

  it('a name is free again once its token is revoked', async () => {
    const first = (await installation.cli('token', 'create', 'team', '--workspace', 'a', '--workspace', 'b', '--json'))
      .json;
    expect(first).toMatchObject({ scope: 'read', workspaces: ['a', 'b'], groups: null });
    expect((await installation.cli('token', 'revoke', 'team', '--json')).json.revoked_at).not.toBeNull();
    expect((await installation.cli('token', 'revoke', 'team', '--json')).json.error.name).toBe('UnknownTokenError');
    expect((await installation.cli('token', 'create', 'team', '--group', 'g', '--user', 'u', '--json')).code).toBe(0);
    const shown = (await installation.cli('token', 'list')).stdout;
    expect(shown).toMatch(/team +read +workspaces: a, b .* revoked/);
    expect(shown).toMatch(/team +read +groups: g; users: u .* in use/);
    expect((await installation.cli('token', 'create', '-x\n', '--json')).code).toBe(2);
    expect((await installation.cli('token', 'create', 'x', '--organisation', 'acme', '--json')).code).toBe(2);
    const unnamed = await installation.cli('token', 'create', 'x', '--entity', '', '--json');
    expect(unnamed).toMatchObject({ code: 2, json: { error: { name: 'EmptyNameError' } } });
  });

  it('the process serves until SIGTERM, also while a stream is open', async () => {
    const token = (await installation.cli('token', 'create', 'short', '--expires-in-days', '1')).stdout.trim();
    const child = spawn(process.execPath, ['dist/cli/main.js', 'api', '--host', '0.0.0.0', '--port', '0', '--json'], {
      env: installation.env,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const gone = once(child, 'exit');
    let out = '';
    for await (const line of createInterface({ input: child.stdout })) {
      out += line;
      if (line === '}') break;
    }
    const url = JSON.parse(out).url.replace('0.0.0.0', '127.0.0.1');
    const ask = (path: string, init: RequestInit = {}) =>
      fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` }, ...init });
    expect((await ask('/api/v1/runs')).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    // No worker runs: the run stays pending, and its stream open.
    const admin = (await installation.cli('token', 'create', 'runner', '--scope', 'run')).stdout.trim();
    const headers = { authorization: `Bearer ${admin}` };
    const answer = await ask('/api/v1/jobs/ttl-cleanup/runs', { method: 'POST', headers });
    const run: RunJson = JSON.parse(await answer.text());
    const stream = await ask(`/api/v1/runs/${run.run_id}/events`);
    expect(stream.status).toBe(200);
    child.kill('SIGTERM');
    await gone;
    expect(child.exitCode).toBe(0);
    await stream.text().catch(() => '');
    await installation.client.workflow.getHandle(run.workflow_id).terminate();
  });
});
