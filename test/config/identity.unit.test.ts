import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { loadConfig } from '../../src/config/load.ts';
import { wholeView } from '../../src/domain/access.ts';

describe('api.oidc', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'coppice-oidc-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const config = (oidc: object) => {
    const file = join(folder, 'coppice.yaml');
    writeFileSync(file, stringify({ api: { oidc } }));
    return loadConfig({}, { config: file });
  };
  const users = [{ subject: 'u-1', scope: 'admin' }];
  const issuer = 'https://id.example.com/realms/acme';

  it('a rule by subject is one by the claim sub, and a claim may be a path', () => {
    const more = {
      claim: ['realm_access', 'roles'],
      value: 'reader',
      scope: 'read',
      content: true,
      workspaces: ['acme'],
    };
    const { identity } = config({ issuer, audience: 'coppice', users: [...users, more] }).api;
    expect(identity).toEqual({
      issuer,
      audience: 'coppice',
      nameClaim: ['sub'],
      users: [
        { claim: ['sub'], value: 'u-1', scope: 'admin', content: false, view: wholeView },
        {
          ...{ claim: ['realm_access', 'roles'], value: 'reader', scope: 'read', content: true },
          view: { ...wholeView, workspaces: ['acme'] },
        },
      ],
    });
  });

  it.each([
    ['an issuer without TLS', { issuer: 'http://id.example.com', audience: 'c', users }, /api\.oidc\.issuer/],
    ['an issuer with credentials', { issuer: 'https://a:b@id.example.com', audience: 'c', users }, /api\.oidc\.issuer/],
    ['no audience', { issuer, users }, /api\.oidc\.audience/],
    ['no rule', { issuer, audience: 'c', users: [] }, /api\.oidc\.users/],
    ['a rule of nobody', { issuer, audience: 'c', users: [{ scope: 'read' }] }, /must name either subject, or claim/],
    [
      'a rule by subject and by claim',
      { issuer, audience: 'c', users: [{ subject: 'u', claim: 'groups', value: 'x', scope: 'read' }] },
      /must name either subject, or claim/,
    ],
    [
      'a limit to nothing',
      { issuer, audience: 'c', users: [{ subject: 'u', scope: 'read', groups: [] }] },
      /api\.oidc\.users/,
    ],
  ])('%s is refused at start', (_, oidc, expected) => {
    expect(() => config(oidc)).toThrow(expected);
  });

  it.each(['http://localhost:8080', 'http://127.0.0.1:8080/realms/a', 'http://[::1]:8080'])(
    'a provider on this machine needs no TLS: %s',
    (own) => {
      expect(config({ issuer: own, audience: 'c', users }).api.identity?.issuer).toBe(own);
    },
  );
});
