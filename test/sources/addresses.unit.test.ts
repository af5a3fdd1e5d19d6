import { expect, it } from 'vitest';
import { AllowList } from '../../src/sources/address/allow-list.ts';
import { checkUrl } from '../../src/sources/address/check-url.ts';
import { specialRange } from '../../src/sources/address/global-address.ts';
import type { Resolve } from '../../src/sources/address/guarded-lookup.ts';
import { Refusal } from '../../src/sources/errors.ts';
import { sitePage } from '../support/local-site.ts';
import { visited } from './support.ts';

const rules = { allow: new AllowList([]), ports: [80, 443] };

function refusalOf(url: string, allow: readonly string[] = []): string | null {
  try {
    checkUrl(url, { ...rules, allow: new AllowList(allow) });
    return null;
  } catch (error) {
    if (error instanceof Refusal) return error.reason;
    throw error;
  }
}

it.each([
  // This machine, in all the ways to write it.
  'http://127.0.0.1/',
  'http://127.8.9.10/',
  'http://127.1/',
  'http://2130706433/',
  'http://0x7f000001/',
  'http://0x7f.1/',
  'http://0177.0.0.1/',
  'http://017700000001/',
  'http://127.0.0.1./',
  'http://１２７.０.０.１/',
  'http://①②⑦.0.0.1/',
  'http://%31%32%37.0.0.1/',
  'http://0/',
  'http://0.0.0.0/',
  'http://localhost/',
  'http://LOCALHOST/',
  'http://localhost./',
  'http://localhost../',
  'http://a.localhost/',
  'http://[::1]/',
  'http://[::]/',
  'http://[0:0:0:0:0:0:0:1]/',
  // IPv4 in IPv6.
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:7f00:1]/',
  'http://[::ffff:8.8.8.8]/',
  'http://[::127.0.0.1]/',
  'http://[::ffff:0:127.0.0.1]/',
  'http://[64:ff9b::7f00:1]/',
  'http://[64:ff9b::8.8.8.8]/',
  'http://[64:ff9b:1::7f00:1]/',
  'http://[2002:7f00:1::]/',
  'http://[2001:0:7f00:1::]/',
  // Private, link-local, shared, reserved.
  'http://10.0.0.1/',
  'http://172.16.0.1/',
  'http://172.31.255.255/',
  'http://192.168.1.1/',
  'http://169.254.169.254/latest/meta-data/',
  'http://2852039166/',
  'http://100.64.0.1/',
  'http://192.0.0.1/',
  'http://192.0.2.1/',
  'http://198.18.0.1/',
  'http://203.0.113.1/',
  'http://224.0.0.1/',
  'http://240.0.0.1/',
  'http://255.255.255.255/',
  'http://[fe80::1]/',
  'http://[fec0::1]/',
  'http://[fc00::1]/',
  'http://[fd00:ec2::254]/',
  'http://[ff02::1]/',
  'http://[100::1]/',
  'http://[2001:db8::1]/',
  'http://[4000::1]/',
])('%s is no public address', (url) => {
  expect(refusalOf(url)).toBe('address_refused');
});

it.each([
  'ftp://example.org/',
  'gopher://example.org/',
  'data:text/html,x',
  'javascript:alert(1)',
  'file:///etc/passwd',
  'unix:/var/run/docker.sock',
  'http://user@example.org/',
  'http://user:word@example.org/',
  'http://127.0.0.1@example.org/',
  'http://example.org:22/',
  'http://example.org:8080/',
  'https://example.org:80443/',
  'http://[fe80::1%25eth0]/',
  'http://999.1.1.1/',
  'http://1.2.3.4.5/',
  'http:///',
  'example.org',
  '',
])('%s is no address that is fetched', (url) => {
  expect(refusalOf(url)).toBe('url_refused');
});

it.each([
  'http://example.org/',
  'https://example.org:443/a?b#c',
  'http://8.8.8.8/',
  'http://172.32.0.1/',
  'http://[2606:4700::1111]/',
  'http://localhost.example.org/',
])('%s may be asked', (url) => {
  expect(refusalOf(url)).toBeNull();
});

it('lists admit the addresses that they name and no other', () => {
  const allow = ['10.1.0.0/16', '192.168.1.7', 'wiki.internal', 'fd00:1::/32', '169.254.7.7'];
  const list = new AllowList(allow);
  for (const [host, address] of [
    ['a', '10.1.2.3'],
    ['a', '192.168.1.7'],
    ['a', 'fd00:1::5'],
    ['a', '169.254.7.7'],
    ['wiki.internal', '10.2.0.1'],
    ['WIKI.internal.', '127.0.0.1'],
    ['wiki.internal', 'fd00:9::1'],
  ] as const) {
    expect([host, address, list.refusal(host, address)]).toEqual([host, address, null]);
  }
  for (const [host, address] of [
    ['a', '10.2.0.1'],
    ['a', '192.168.1.8'],
    ['a', '::ffff:10.1.2.3'],
    ['a', 'fd00:2::5'],
    ['sub.wiki.internal', '10.2.0.1'],
    ['wiki.internal.evil.example', '10.2.0.1'],
    // A name may not lead to a cloud's metadata, whoever allowed it.
    ['wiki.internal', '169.254.169.254'],
    ['wiki.internal', 'fe80::1'],
    ['wiki.internal', '::ffff:169.254.169.254'],
    ['wiki.internal', '0.0.0.0'],
  ] as const) {
    expect([host, address, list.refusal(host, address)]).not.toEqual([host, address, null]);
  }
  expect(refusalOf('http://10.1.2.3/', allow)).toBeNull();
  expect(refusalOf('http://localhost/', ['127.0.0.1'])).toBeNull();
});

it('a text that is no address is special', () => {
  for (const text of ['', 'example.org', '1.2.3.4.5', '127.0.0.1 ']) expect(specialRange(text)).not.toBeNull();
});

const answering = (...answers: string[][]): { resolve: Resolve; asked: string[] } => {
  const asked: string[] = [];
  const resolve: Resolve = async (hostname) => {
    asked.push(hostname);
    const found = answers[Math.min(asked.length, answers.length) - 1] ?? [];
    return found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  };
  return { resolve, asked };
};

it('a name is resolved once for a connection, and what it was resolved to is connected to', async () => {
  const { resolve, asked } = answering(['127.0.0.1'], ['127.0.0.2']);
  const { site, sources } = await visited({ allow: ['127.0.0.1'] }, { resolve });
  site.set('/page', { body: sitePage('a'), headers: { connection: 'close' } });
  const request = { url: `http://docs.example:${site.port}/page`, etag: null, lastModified: null };
  expect(await sources.fetch(request, AbortSignal.timeout(20_000))).toMatchObject({ kind: 'page' });
  expect(asked).toEqual(['docs.example']);
  // The name has been bound to another address since. Nothing listens there, and nothing is sent.
  expect(await sources.fetch(request, AbortSignal.timeout(20_000))).toMatchObject({
    kind: 'refused',
    name: 'address_refused',
    message:
      'docs.example has no address on the public internet (loopback). If it is meant, name it under sources.allow',
  });
  expect(site.visits).toHaveLength(1);
});

it.each([['169.254.169.254'], ['::ffff:127.0.0.1'], ['10.0.0.1', 'fd00::1'], ['64:ff9b::a00:1']])(
  'a public name that leads to %s is refused',
  async (...addresses) => {
    const { site, sources } = await visited({ allow: [] }, { resolve: answering(addresses).resolve });
    const request = { url: `http://docs.example:${site.port}/`, etag: null, lastModified: null };
    expect(await sources.fetch(request, AbortSignal.timeout(20_000))).toMatchObject({
      kind: 'refused',
      name: 'address_refused',
    });
  },
);

it('of several addresses only those are tried that may be', async () => {
  const { resolve } = answering(['10.0.0.1', '127.0.0.1', '169.254.169.254']);
  const { site, sources } = await visited({ allow: ['127.0.0.1'] }, { resolve });
  site.set('/page', { body: sitePage('a') });
  const request = { url: `http://docs.example:${site.port}/page`, etag: null, lastModified: null };
  expect(await sources.fetch(request, AbortSignal.timeout(20_000))).toMatchObject({ kind: 'page' });
});

it('a name without addresses is not known', async () => {
  const { site, sources } = await visited({}, { resolve: answering([]).resolve });
  const request = { url: `http://docs.example:${site.port}/`, etag: null, lastModified: null };
  expect(await sources.fetch(request, AbortSignal.timeout(20_000))).toMatchObject({ name: 'host_unknown' });
});

it('proxies of the environment are not used', async () => {
  const { site, get } = await visited();
  const before = { ...process.env };
  Object.assign(process.env, {
    http_proxy: 'http://127.0.0.1:1',
    HTTP_PROXY: 'http://127.0.0.1:1',
    NODE_USE_ENV_PROXY: '1',
  });
  try {
    site.set('/page', { body: sitePage('a') });
    expect(await get('/page')).toMatchObject({ kind: 'page' });
  } finally {
    process.env = before;
  }
});
