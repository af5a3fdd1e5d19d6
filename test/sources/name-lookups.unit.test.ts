import { expect, it } from 'vitest';
import type { Resolve } from '../../src/sources/address/guarded-lookup.ts';
import { defaultLookupLimits } from '../../src/sources/address/name-lookups.ts';
import { SourceError } from '../../src/sources/errors.ts';
import { sitePage } from '../support/local-site.ts';
import { never, visited } from './support.ts';

const limits = { ...defaultLookupLimits, pauseMs: 1 };

/** Knows the names of `known`, and fails with `code` for all others. */
function resolver(code: string, known: readonly string[]) {
  const asked = new Map<string, number>();
  const resolve: Resolve = async (hostname) => {
    asked.set(hostname, (asked.get(hostname) ?? 0) + 1);
    if (known.includes(hostname)) return [{ address: '127.0.0.1', family: 4 }];
    throw Object.assign(new Error(`getaddrinfo ${code} ${hostname}`), { code });
  };
  return { resolve, asked };
}

it('documents of a host that has no address are refused after three look-ups in all, and others are fetched', async () => {
  const { resolve, asked } = resolver('ENOTFOUND', ['docs.test']);
  const { site, sources } = await visited(
    { allow: ['docs.test', 'gone.test'], hostDelayMs: 60_000, hostConcurrency: 1 },
    { resolve, lookups: limits },
  );
  site.set('/page', { body: sitePage('a') });
  const get = (host: string) =>
    sources.fetch({ url: `http://${host}:${site.port}/page?token=secret`, etag: null, lastModified: null }, never);
  const first = await get('gone.test');
  expect(first).toEqual({
    kind: 'refused',
    name: 'host_unknown',
    message: 'the name gone.test has no address after 3 look-ups (ENOTFOUND)',
  });
  // None of them waits for its turn at the host.
  for (let at = 0; at < 300; at++) expect(await get(at % 2 === 0 ? 'gone.test' : 'GONE.test.')).toEqual(first);
  expect(asked.get('gone.test')).toBe(3);
  site.set('/page?token=secret', { body: sitePage('a') });
  expect(await get('docs.test')).toMatchObject({ kind: 'page' });
});

it('a name server that fails is asked again for a while; then the name is given up', async () => {
  const { resolve, asked } = resolver('EAI_AGAIN', []);
  const { site, sources } = await visited(
    { allow: ['flaky.test'] },
    { resolve, lookups: { ...limits, rememberedMs: 0 } },
  );
  const get = () =>
    sources.fetch({ url: `http://flaky.test:${site.port}/page`, etag: null, lastModified: null }, never);
  await expect(get()).rejects.toThrow(SourceError);
  await expect(get()).rejects.toMatchObject({ name: 'ConnectionError' });
  expect(await get()).toMatchObject({ kind: 'refused', name: 'host_unknown' });
  expect(await get()).toMatchObject({ kind: 'refused', name: 'host_unknown' });
  expect(asked.get('flaky.test')).toBe(9);
});

it('a failure is remembered for a while, and forgotten with the first success', async () => {
  const known: string[] = [];
  const { resolve, asked } = resolver('EAI_AGAIN', known);
  const { site, sources } = await visited(
    { allow: ['late.test'] },
    { resolve, lookups: { ...limits, tries: 1, rememberedMs: 0, rounds: 2 } },
  );
  site.set('/page', { body: sitePage('a') });
  const get = () => sources.fetch({ url: `http://late.test:${site.port}/page`, etag: null, lastModified: null }, never);
  await expect(get()).rejects.toThrow(SourceError);
  known.push('late.test');
  expect(await get()).toMatchObject({ kind: 'page' });
  expect(asked.get('late.test')).toBe(2);
});
