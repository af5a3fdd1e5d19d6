import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../src/domain/canonical-json.ts';
import { datesText, readTime } from '../../../src/stores/cypher/time.ts';
import { type CypherValue, fromJson, Typed, toJson } from '../../../src/stores/cypher/value.ts';
import { isoDate } from '../../../src/stores/iso-date.ts';

describe('a date in text', () => {
  it.each([
    ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000Z'],
    ['2026-01-02T03:04:05+01:00', '2026-01-02T02:04:05.000Z'],
    ['2026-01-02 03:04:05.5-0530', '2026-01-02T08:34:05.500Z'],
    ['2026-01-02', '2026-01-02T00:00:00.000Z'],
    // Rounded up: nothing seems older than it is.
    ['2026-01-02T03:04:05.000001', '2026-01-02T03:04:05.001Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
  ])('%s is the instant %s', (text, instant) => {
    expect(isoDate(text)?.toISOString()).toBe(instant);
  });

  it.each([
    '',
    'yesterday',
    '2026-02-30',
    '2026-13-01',
    '2025-02-29T00:00:00Z',
    '2026-01-02T25:00:00Z',
    '02.01.2026',
    '1767225600000',
  ])('%j is none', (text) => {
    expect(isoDate(text)).toBeNull();
  });

  it('of another type than mapped it reports nothing', () => {
    const field = (type: 'datetime' | 'iso_text' | 'epoch_ms') => ({ property: 'at', type });
    expect(readTime('2026-01-02', field('datetime'))).toBeNull();
    expect(readTime(5n, field('iso_text'))).toBeNull();
    expect(readTime('5', field('epoch_ms'))).toBeNull();
    expect(readTime(5n, field('epoch_ms'))).toEqual(new Date(5));
  });

  it('is remembered as it was written', () => {
    expect(datesText('2026-01-02', null)).toBe('2026-01-02|');
    expect(datesText(5n, 6n)).toBe('5|6');
  });
});

describe('a value in JSON', () => {
  const values: CypherValue[] = [
    ...[
      null,
      true,
      'text',
      'nul \0 inside',
      '\ud800',
      1n,
      1,
      -0,
      0.1,
      2n ** 63n - 1n,
      Number.NaN,
      Number.NEGATIVE_INFINITY,
    ],
    ...[
      [1n, 1, [null]],
      { int: 'not a tag', map: [1n] },
      new Typed('datetime', [2026n, null, 'Europe/Berlin']),
      [],
      {},
    ],
  ];

  it.each(values.map((value) => [value]))('%o comes back with its type', (value) => {
    const kept: unknown = JSON.parse(JSON.stringify(toJson(value)));
    const back = fromJson(kept);
    expect(canonicalJson(toJson(back))).toBe(canonicalJson(toJson(value)));
    if (!(value instanceof Typed)) expect(back).toEqual(value);
  });

  it('an integer, a fraction and their text are three', () => {
    expect(new Set([1n, 1, '1'].map((value) => canonicalJson(toJson(value)))).size).toBe(3);
  });
});
