import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSignInLink } from '../../src/operations/access/console-sessions.ts';
import { dropToken, listTokens } from '../../src/operations/access/tokens.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { type Answer, startTestApi, type TestApi } from './support/test-api.ts';
import { quietJobs } from './support/world.ts';

const own = { 'x-coppice-console': '1' };

describeEndToEnd('sessions of the console', (servers) => {
  let installation: Installation;
  let api: TestApi;

  beforeAll(async () => {
    installation = await createInstallation({ ...servers, settings: { jobs: quietJobs } });
    api = await startTestApi(installation, { heartbeatMs: 50 });
  });
  afterAll(async () => {
    await api?.close();
    await installation?.close();
  });

  const signIn = (body: object, headers: Record<string, string> = own): Promise<Answer> =>
    api.ask('POST', '/console/session', { token: null, body, headers });
  const cookieOf = (answer: Answer) => answer.headers.get('set-cookie')?.split(';')[0] ?? '';
  /** A session, with the name of its token. */
  async function session(scope: 'read' | 'run' | 'admin') {
    const token = await api.token(scope);
    const answer = await signIn({ token });
    expect(answer.status).toBe(204);
    return { token, cookie: cookieOf(answer) };
  }

  it('the cookie is of this installation, for this site alone, and out of reach of scripts', async () => {
    const answer = await signIn({ token: await api.token('read') });
    const cookie = answer.headers.get('set-cookie');
    expect(cookie).toContain(`coppice_session_${installation.id.replaceAll('-', '').slice(0, 12)}=`);
    expect(cookie).toMatch(/; Max-Age=43(?:200|199); Path=\/; HttpOnly; SameSite=Strict$/);
    const stored = await sql<{ text: string }>`select s::text as text from coppice.console_sessions s`.execute(
      installation.parts.db,
    );
    expect(JSON.stringify(stored.rows)).not.toContain(cookieOf(answer).split('=')[1]);
    const shown = await api.ask('GET', '/api/v1/session', { token: null, headers: { cookie: cookieOf(answer) } });
    expect(shown.json).toMatchObject({ scope: 'read', content: false, limited: false, version: '0.1.0' });
    expect((await api.ask('GET', '/api/v1/session')).json.expires_at).toBeNull();
  });

  it('a session has the rights of its token and no others', async () => {
    const { cookie } = await session('read');
    expect((await api.ask('GET', '/api/v1/runs', { token: null, headers: { cookie } })).status).toBe(200);
    const paused = `/api/v1/schedules/${installation.schedulePrefix}ttl-cleanup/pause`;
    expect((await api.ask('POST', paused, { token: null, headers: { cookie, ...own } })).status).toBe(403);
  });

  it('a change without the header, from another site or under another name is refused', async () => {
    const { cookie } = await session('admin');
    const lift = (headers: Record<string, string>) =>
      api.ask('POST', '/api/v1/holds/lift', { token: null, body: { id: 'x' }, headers: { cookie, ...headers } });
    expect((await lift(own)).status).toBe(200);
    expect((await lift({})).json).toMatchObject({ status: 403, name: 'MissingHeaderError' });
    const elsewhere = await lift({ ...own, origin: 'https://evil.example' });
    expect(elsewhere.json).toMatchObject({ status: 403, name: 'OriginNotAllowedError' });
    expect((await lift({ ...own, origin: api.url })).status).toBe(200);
    const { token } = await session('admin');
    const refused = await signIn({ token }, {});
    expect(refused).toMatchObject({ status: 403, json: { name: 'MissingHeaderError' } });
  });

  it('a token that is revoked ends its sessions, and their streams', async () => {
    const { cookie, token } = await session('read');
    const { run_id } = (await api.ask('POST', '/api/v1/jobs/ttl-cleanup/runs')).json;
    const stream = await fetch(`${api.url}/api/v1/runs/${run_id}/events`, { headers: { cookie } });
    expect(stream.status).toBe(200);
    const id = token.split('_')[1] ?? '';
    await dropToken(installation.context, id);
    // Without a worker the run stays open: nothing else ends the stream.
    await stream.text().catch(() => {});
    expect((await api.ask('GET', '/api/v1/runs', { token: null, headers: { cookie } })).status).toBe(401);
  });

  it('signing out ends the session', async () => {
    const { cookie } = await session('read');
    const left = await api.ask('DELETE', '/console/session', { token: null, headers: { cookie, ...own } });
    expect(left.headers.get('set-cookie')).toContain('Max-Age=0');
    expect((await api.ask('GET', '/api/v1/runs', { token: null, headers: { cookie } })).status).toBe(401);
  });

  it('a link signs in once, by a POST, until it expires', async () => {
    const [token] = await listTokens(installation.context);
    const link = await createSignInLink(installation.context, token?.name ?? '');
    // Previews of links and proxies fetch addresses: that must not use it up.
    expect((await api.ask('GET', `/sign-in?link=${link}`, { token: null })).status).toBe(200);
    expect((await signIn({ link })).status).toBe(204);
    expect((await signIn({ link })).json).toMatchObject({ status: 401, name: 'SignInError' });
    const late = await createSignInLink(installation.context, token?.name ?? '');
    await sql`update coppice.console_links set expires_at = now() - interval '1 second'`.execute(installation.parts.db);
    expect((await signIn({ link: late })).status).toBe(401);
    expect((await signIn({ token: 'nonsense' })).json.hint).toContain('coppice token list');
    expect((await signIn({})).status).toBe(400);
  });

  it('coppice console prints such a link', async () => {
    const { code, json } = await installation.cli('console', '--token', 'no such', '--json');
    expect([code, json.error.name]).toEqual([1, 'UnknownTokenError']);
    const [token] = await listTokens(installation.context);
    const printed = await installation.cli('console', '--token', token?.name ?? '', '--url', api.url, '--json');
    const [page, link] = String(printed.json.url).split('#link=');
    expect(page).toBe(`${api.url}/sign-in`);
    expect((await signIn({ link })).status).toBe(204);
  });

  it('every view is the same page under a strict policy, and its files are for ever', async () => {
    const page = await api.ask('GET', '/runs/some-run', { token: null });
    expect(page.text).toBe((await api.ask('GET', '/', { token: null })).text);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|data:|https?:/);
    expect(page.text).not.toMatch(/<script>|<style|style=/);
    const [, script = ''] = /src="(\/assets\/[^"]+\.js)"/.exec(page.text) ?? [];
    expect((await api.ask('GET', script, { token: null })).headers.get('cache-control')).toContain('immutable');
    expect((await api.ask('GET', '/assets/none.js', { token: null })).status).toBe(404);
  });

  it('the first view takes at most 200 kB, zipped', () => {
    const folder = 'dist/console/assets';
    const sizes = readdirSync(folder).map((name) => gzipSync(readFileSync(join(folder, name))).length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(200_000);
  });
});
