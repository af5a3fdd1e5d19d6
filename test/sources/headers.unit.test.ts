import { expect, it } from 'vitest';
import { freshUntil } from '../../src/sources/http/freshness.ts';
import { mediaTypeOf } from '../../src/sources/http/media-type.ts';
import { retryAfterMs } from '../../src/sources/http/retry-after.ts';

const now = Date.parse('2026-06-01T12:00:00Z');
const none = { cacheControl: null, age: null, date: null, expires: null };

it.each([
  ['120', 120_000],
  [' 0 ', 0],
  ['Mon, 01 Jun 2026 12:01:00 GMT', 60_000],
  ['Mon, 01 Jun 2026 11:00:00 GMT', 0],
  ['99999999999', 86_400_000],
  ['Fri, 01 Jan 2100 00:00:00 GMT', 86_400_000],
  ['soon', null],
  ['-5', null],
  ['1.5', null],
  ['', null],
  [null, null],
])('Retry-After %s', (header, expected) => {
  expect(retryAfterMs(header, now)).toBe(expected);
});

it.each([
  [{ cacheControl: 'public, max-age=60' }, 60],
  [{ cacheControl: 'MAX-AGE="60"', age: '20' }, 40],
  [{ cacheControl: 'max-age=60', expires: 'Mon, 01 Jun 2026 13:00:00 GMT' }, 60],
  [{ expires: 'Mon, 01 Jun 2026 13:00:00 GMT' }, 3600],
  [{ expires: 'Mon, 01 Jun 2026 13:00:00 GMT', date: 'Mon, 01 Jun 2026 12:30:00 GMT' }, 1800],
  [{ cacheControl: 'max-age=99999999999' }, 365 * 86_400],
  [{ cacheControl: 'max-age=60, no-cache' }, null],
  [{ cacheControl: 'no-store' }, null],
  [{ cacheControl: 'max-age=0' }, null],
  [{ cacheControl: 'max-age=60', age: '90' }, null],
  [{ cacheControl: 'max-age=x' }, null],
  [{ expires: '0' }, null],
  [{}, null],
])('freshness of %j', (headers, seconds) => {
  const expected = seconds === null ? null : new Date(now + seconds * 1000);
  expect(freshUntil({ ...none, ...headers }, now)).toEqual(expected);
});

it.each([
  ['text/html; charset=utf-8', { kind: 'html', name: 'text/html', charset: 'utf-8' }],
  ['Text/HTML;CHARSET="Latin1"', { kind: 'html', name: 'text/html', charset: 'Latin1' }],
  ['text/markdown; variant=GFM', { kind: 'text', name: 'text/markdown', charset: null }],
  ['application/pdf', { kind: 'other', name: 'application/pdf', charset: null }],
  ['text/html, text/html; charset=utf-8', { kind: 'html', name: 'text/html', charset: 'utf-8' }],
  [['text/plain', 'text/html;charset=gbk'], { kind: 'html', name: 'text/html', charset: 'gbk' }],
  ['text/html; charset=gbk, text/html', { kind: 'html', name: 'text/html', charset: 'gbk' }],
  ['text/html; charset=gbk, text/plain', { kind: 'text', name: 'text/plain', charset: null }],
  ['text/html, nonsense, */*', { kind: 'html', name: 'text/html', charset: null }],
  ['text/html, charset=gbk', { kind: 'html', name: 'text/html', charset: 'gbk' }],
  ['text/html charset=gbk', { kind: 'html', name: 'text/html', charset: 'gbk' }],
  ["text/html; charset='gbk'", { kind: 'html', name: 'text/html', charset: 'gbk' }],
  ['text/html; title="a, b/c"; charset=gbk', { kind: 'html', name: 'text/html', charset: 'gbk' }],
  ['html', { kind: 'unknown', name: '', charset: null }],
  ['', { kind: 'unknown', name: '', charset: null }],
  [null, { kind: 'unknown', name: '', charset: null }],
])('the media type %s', (header, expected) => {
  expect(mediaTypeOf(header)).toEqual(expected);
});
