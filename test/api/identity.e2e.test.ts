import { afterAll, beforeAll, expect, it } from 'vitest';
import { wholeView } from '../../src/domain/access.ts';
import { startTestProvider, type TestProvider } from '../support/identity-provider.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { startTestApi, type TestApi } from './support/test-api.ts';
import { quietJobs } from './support/world.ts';

describeEndToEnd('users of an identity provider at the HTTP API', (servers) => {
  let provider: TestProvider;
  let installation: Installation;
  let api: TestApi;

  beforeAll(async () => {
    provider = await startTestProvider();
    installation = await createInstallation({ ...servers, settings: { jobs: quietJobs } });
    const users = [
      { claim: ['sub'], value: 'u-ada', scope: 'admin', content: true, view: wholeView },
      { claim: ['groups'], value: 'acme', scope: 'run', content: false, view: { ...wholeView, workspaces: ['acme'] } },
    ] as const;
    const identity = { issuer: provider.issuer, audience: 'coppice', nameClaim: ['email'], users };
    api = await startTestApi(installation, {
      identity,
      failedAttemptsPerMinute: 20,
      corsOrigins: ['https://app.example.com'],
    });
  });
  afterAll(async () => {
    await api?.close();
    await installation?.close();
    await provider?.close();
  });

  const ada = () => provider.sign({ sub: 'u-ada', email: 'ada@example.com' });

  it('a user is named by a run that the user asks for', async () => {
    const token = await ada();
    const started = await api.ask('POST', '/api/v1/jobs/ttl-cleanup/runs', { token });
    expect(started.status).toBe(202);
    const run = (await api.ask('GET', `/api/v1/runs/${started.json.run_id}`, { token })).json;
    expect(run).toMatchObject({ requested_by: 'user ada@example.com' });
    const session = (await api.ask('GET', '/api/v1/session', { token })).json;
    expect(session).toMatchObject({ token: 'ada@example.com', scope: 'admin', content: true, limited: false });
  });

  it('a rule limits its users as a token would', async () => {
    const token = await provider.sign({ sub: 'u-eve', groups: ['acme'] });
    expect((await api.ask('GET', '/api/v1/session', { token })).json).toMatchObject({ scope: 'run', limited: true });
    expect((await api.ask('GET', '/api/v1/runs', { token })).json.runs).toEqual([]);
    const approved = await api.ask('POST', '/api/v1/runs/r1/approve', { token });
    expect(approved).toMatchObject({ status: 403, json: { name: 'InsufficientScopeError' } });
  });

  it('a user without rights, and a token of another audience, are refused', async () => {
    const stranger = await api.ask('GET', '/api/v1/runs', { token: await provider.sign({ sub: 'u-mallory' }) });
    expect(stranger).toMatchObject({ status: 403, json: { name: 'UnknownUserError' } });
    const other = await api.ask('GET', '/api/v1/runs', { token: await provider.sign({ sub: 'u-ada', aud: 'other' }) });
    expect(other).toMatchObject({ status: 401, json: { name: 'InvalidTokenError' } });
  });

  it('a page of another site changes nothing with a token that a proxy puts on its requests', async () => {
    const token = await ada();
    const ask = (origin: string) =>
      api.ask('POST', '/api/v1/jobs/ttl-cleanup/preview', { token, body: {}, headers: { origin } });
    expect(await ask('https://evil.example.com')).toMatchObject({
      status: 403,
      json: { name: 'OriginNotAllowedError' },
    });
    expect((await ask('https://app.example.com')).status).toBe(200);
  });

  it('tokens of coppice token stay valid while the provider is down', async () => {
    const down = await startTestProvider();
    const users = [{ claim: ['sub'], value: 'u-ada', scope: 'read', content: false, view: wholeView }] as const;
    const identity = { issuer: down.issuer, audience: 'coppice', nameClaim: ['sub'], users };
    const other = await startTestApi(installation, { identity });
    const token = await down.sign({ sub: 'u-ada' });
    await down.close();
    try {
      const answer = await other.ask('GET', '/api/v1/runs', { token });
      expect(answer).toMatchObject({ status: 503, json: { name: 'IdentityProviderError' } });
      expect(answer.headers.get('retry-after')).not.toBeNull();
      expect((await other.ask('GET', '/api/v1/runs')).status).toBe(200);
    } finally {
      await other.close();
    }
  });

  it('wrong tokens count as failed attempts, and a valid one still passes', async () => {
    const wrong = await provider.sign({ sub: 'u-ada', aud: 'other' });
    const answers = [];
    for (let at = 0; at < 25; at += 1) answers.push((await api.ask('GET', '/api/v1/runs', { token: wrong })).status);
    expect(answers.at(-1)).toBe(429);
    expect((await api.ask('GET', '/api/v1/runs', { token: await ada() })).status).toBe(200);
  });
});
