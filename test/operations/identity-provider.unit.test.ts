import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wholeView } from '../../src/domain/access.ts';
import { type IdentitySettings, rightsOf } from '../../src/domain/identity.ts';
import { IdentityProvider } from '../../src/operations/access/identity-provider.ts';
import { startTestProvider, type TestProvider } from '../support/identity-provider.ts';

const all = { scope: 'admin', content: true, view: wholeView } as const;
const some = { scope: 'read', content: false, view: { ...wholeView, workspaces: ['acme'] } } as const;

function settings(issuer: string): IdentitySettings {
  const users = [
    { claim: ['sub'], value: 'u-1', ...all },
    { claim: ['realm_access', 'roles'], value: 'reader', ...some },
  ];
  return { issuer, audience: 'coppice', nameClaim: ['email'], users };
}

describe('rights of a user', () => {
  const { users } = settings('x');
  it.each([
    ['by subject', { sub: 'u-1' }, all],
    ['by a value within a list of a nested claim', { sub: 'u-2', realm_access: { roles: ['x', 'reader'] } }, some],
    ['of the first rule that the claims meet', { sub: 'u-1', realm_access: { roles: ['reader'] } }, all],
    ['not by a claim of another depth', { sub: 'u-2', 'realm_access.roles': 'reader' }, null],
    ['not by a part of a value', { sub: 'u-10' }, null],
    ['not by a list where the claim is a name of every object', { sub: { toString: 'u-1' } }, null],
    ['not by a claim that every object inherits', { sub: 'u-2', realm_access: ['reader'] }, null],
  ])('%s', (_, claims, expected) => {
    expect(rightsOf(claims, users)).toEqual(expected);
  });
});

describe('access tokens of an identity provider', () => {
  let provider: TestProvider;
  beforeAll(async () => {
    provider = await startTestProvider();
  });
  afterAll(() => provider?.close());
  const authenticate = (token: string) => new IdentityProvider(settings(provider.issuer)).authenticate(token);

  it('a valid one gives the rights of its user, under the name of the claim, until it ends', async () => {
    const exp = Math.floor(Date.now() / 1000) + 100;
    const user = await authenticate(await provider.sign({ sub: 'u-1', email: 'ada@example.com', exp }));
    expect(user).toEqual({
      id: 'user u-1',
      kind: 'user',
      name: 'ada@example.com',
      ...all,
      expiresAt: new Date(exp * 1000),
    });
  });

  it('without that claim the subject is the name, on one line', async () => {
    const found = await authenticate(await provider.sign({ sub: 'u-2\n\u202e', realm_access: { roles: ['reader'] } }));
    expect(found).toMatchObject({ name: 'u-2  ', scope: 'read', content: false, view: { workspaces: ['acme'] } });
  });

  const past = () => Math.floor(Date.now() / 1000) - 120;
  it.each([
    ['of another audience', { aud: 'other' }],
    ['of another issuer', { iss: 'https://id.example.com' }],
    ['that has ended', { exp: past() }],
    ['that never ends', { exp: undefined }],
    ['that is not valid yet', { nbf: past() + 1_000 }],
    ['without a subject', { sub: undefined }],
    ['with an empty subject', { sub: '' }],
  ])('one %s is not valid', async (_, claims) => {
    expect(await authenticate(await provider.sign({ sub: 'u-1', ...claims }))).toBeNull();
  });

  it('an altered one is not valid', async () => {
    const [head, , signature] = (await provider.sign({ sub: 'u-2' })).split('.');
    const payload = { iss: provider.issuer, aud: 'coppice', sub: 'u-1', exp: past() + 1_000 };
    const body = Buffer.from(JSON.stringify(payload)).toString('base64url');
    expect(await authenticate(`${head}.${body}.${signature}`)).toBeNull();
  });

  it('neither one without a signature nor one signed with the public key as a secret is valid', async () => {
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const payload = encode({ iss: provider.issuer, aud: 'coppice', sub: 'u-1', exp: past() + 1_000 });
    const unsigned = `${encode({ alg: 'none' })}.${payload}.AA`;
    const head = `${encode({ alg: 'HS256', kid: 'key-1' })}.${payload}`;
    const mac = createHmac('sha256', JSON.stringify(provider.publicKey())).update(head).digest('base64url');
    expect(await authenticate(unsigned)).toBeNull();
    expect(await authenticate(`${head}.${mac}`)).toBeNull();
  });

  it('a user whom no rule names is refused by name', async () => {
    const token = await provider.sign({ sub: 'u-3' });
    await expect(authenticate(token)).rejects.toMatchObject({ name: 'UnknownUserError', kind: 'forbidden' });
  });

  it('its keys are read once for many tokens that come at the same time', async () => {
    const before = provider.requests.length;
    const own = new IdentityProvider(settings(provider.issuer));
    const tokens = await Promise.all(Array.from({ length: 20 }, () => provider.sign({ sub: 'u-1' })));
    const found = await Promise.all(tokens.map((token) => own.authenticate(token)));
    expect(found.every((one) => one?.scope === 'admin')).toBe(true);
    expect(provider.requests.slice(before)).toEqual(['/.well-known/openid-configuration', '/keys']);
  });

  it.each([
    ['is down', { status: 503 }, /answers 503/],
    ['has no keys', { metadata: { jwks_uri: undefined } }, /has no jwks_uri/],
    ['calls itself otherwise', { metadata: { issuer: 'https://id.example.com' } }, /calls itself/],
    ['names keys that do not exist', { metadata: { jwks_uri: 'http://127.0.0.1:1/keys' } }, /keys/],
  ])('one that %s is no reason to refuse the token, and is not asked again at once', async (_, fault, expected) => {
    const token = await provider.sign({ sub: 'u-1' });
    const own = new IdentityProvider(settings(provider.issuer));
    Object.assign(provider, fault);
    try {
      await expect(own.authenticate(token)).rejects.toThrow(expected);
      const before = provider.requests.length;
      await expect(own.authenticate(token)).rejects.toMatchObject({ name: 'IdentityProviderError' });
      expect(provider.requests).toHaveLength(before);
      await expect(own.probe()).rejects.toThrow(expected);
    } finally {
      Object.assign(provider, { status: null, metadata: {} });
    }
  });

  it('while it is down, a token with an invented key keeps no valid one out', async () => {
    const own = new IdentityProvider(settings(provider.issuer));
    const valid = await provider.sign({ sub: 'u-1' });
    expect(await own.authenticate(valid)).toMatchObject({ scope: 'admin' });
    provider.status = 500;
    try {
      await own.authenticate(await provider.sign({ sub: 'u-1' }, { kid: 'invented' })).catch(() => null);
      expect(await own.authenticate(valid)).toMatchObject({ scope: 'admin' });
    } finally {
      provider.status = null;
    }
  });

  it('a probe tells how many keys there are', async () => {
    expect(await new IdentityProvider(settings(provider.issuer)).probe()).toBe(`${provider.issuer}, 1 keys`);
  });

  it('after a change of keys, tokens of the former one are not valid for a server that starts', async () => {
    const old = await provider.sign({ sub: 'u-1' });
    await provider.rotate();
    expect(await authenticate(old)).toBeNull();
    expect(await authenticate(await provider.sign({ sub: 'u-1' }))).toMatchObject({ scope: 'admin' });
  });
});
