import { getEventListeners, once } from 'node:events';
import { expect, it } from 'vitest';
import { deadline } from '../src/deadline.ts';
import { visited } from './sources/support.ts';

it('aborts with the other signal and its reason, not with a timeout', () => {
  const other = new AbortController();
  const time = deadline(other.signal, 60_000);
  other.abort('away');
  expect(time.signal.reason).toBe('away');
  expect(time.passed).toBe(false);
  expect(deadline(other.signal, 60_000).signal.reason).toBe('away');
});

it('aborts when its time is over', async () => {
  const time = deadline(new AbortController().signal, 1);
  await once(time.signal, 'abort');
  expect(time.passed).toBe(true);
  time.end();
});

it('once it has ended nothing listens to the other signal any more, and after a fetch neither', async () => {
  const { signal } = new AbortController();
  deadline(signal, 60_000).end();
  const { site, sources } = await visited();
  site.set('/', { body: 'text', headers: { 'content-type': 'text/plain' } });
  for (let at = 0; at < 3; at++) await sources.fetch({ url: `${site.url}/`, etag: null, lastModified: null }, signal);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
