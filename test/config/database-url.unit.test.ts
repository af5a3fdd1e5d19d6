import { expect, it } from 'vitest';
import { problemOfDatabaseUrl } from '../../src/config/database-url.ts';
import { set } from '../../src/config/set.ts';
import { connectText } from '../../src/database/connect-text.ts';

it.each([
  ['mysql://h/x', 'must start with postgres://'],
  ['postgres://u@a:1,b:2/app', 'several hosts'],
  ['postgres://u:pa#ss@h/app', 'not a valid URL'],
  ['postgres://u@h/a\nb', 'a line break'],
  ['postgres://u@h/app?sslmode=on', "not 'on'"],
  ['postgres://u@h/app?sslmode=verify-ca', 'sslrootcert=FILE'],
])('%j cannot be used: %s', (url, problem) => {
  expect(problemOfDatabaseUrl(url)).toContain(problem);
});

it.each([
  'postgresql://u:p%23w@db.example:6432/app?sslmode=require',
  'postgres://u:a,b@h/app',
  'postgres:///app?host=/var/run/postgresql',
])('%j can be used', (url) => {
  expect(problemOfDatabaseUrl(url)).toBeNull();
});

it('a value from a mounted secret loses the line break at its end', () => {
  expect([set('127.0.0.1:7233\n'), set(' \n'), set(undefined)]).toEqual(['127.0.0.1:7233', undefined, undefined]);
});

it.each([
  ['ECONNREFUSED', 'connect ECONNREFUSED', 'is it running'],
  ['ENOTFOUND', 'getaddrinfo ENOTFOUND', 'does not resolve'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate', 'sslrootcert=FILE'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'Hostname/IP does not match', 'another host'],
  [null, 'The server does not support SSL connections', 'does not offer TLS'],
  ['28P01', 'password authentication failed for user "u"', 'check user and password'],
])('a connection that fails with %s names the server and a remedy', (code, message, remedy) => {
  const text = connectText('db.example:5432', code, message);
  expect(text).toContain('PostgreSQL at db.example:5432');
  expect(text).toContain(remedy);
  expect(text).not.toContain('\n');
});
