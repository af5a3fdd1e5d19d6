import { describe, expect, test } from 'vitest';
import type { TimeFieldSettings } from '../../../src/config/collection-schema.ts';
import type { SuiteDatabase } from '../../support/stores.ts';
import { createCollection, cutoff, survey } from './collection.ts';

type Verdict = 'due' | 'stays' | 'unreadable';

/** How written times are read: as instants, and what cannot be read never expires. The cutoff is 2026-06-01 02:00 UTC. */
export function timeContract(database: SuiteDatabase): void {
  async function verdictOf(columnType: string, settings: TimeFieldSettings, value: unknown, at = cutoff) {
    const { db } = database;
    const docs = await createCollection(db, {
      columns: `id int primary key, workspace text, payload jsonb, expires ${columnType}`,
      chunks: null,
      settings: { expires_at: settings },
    });
    const inPath = typeof settings === 'object' && 'path' in settings;
    await docs.insert({ id: 1, workspace: 'a', ...(inPath ? { payload: { until: value } } : { expires: value }) });
    const [count] = await survey(db, await docs.store.open(db), {
      rule: { kind: 'expiry', cutoff: at, maxAgeDays: null },
      respectHolds: true,
    });
    if (count === undefined) throw new Error('the row was not counted');
    expect(count.due + count.unreadable).toBeLessThanOrEqual(1);
    return count.due === 1 ? 'due' : count.unreadable === 1 ? 'unreadable' : 'stays';
  }

  describe('text in ISO 8601', () => {
    const cases: readonly [string, Verdict][] = [
      ['2026-06-01T02:00:00Z', 'due'],
      ['2026-06-01T02:00:01Z', 'stays'],
      ['2026-06-01 02:00:00', 'due'],
      ['2026-06-01T02:00:00.001', 'stays'],
      ['2026-06-01T01:59:59.999999Z', 'due'],
      ['2026-06-01T03:30:00+01:30', 'due'],
      ['2026-06-01T03:30:01+0130', 'stays'],
      ['2026-05-31T22:00:00-04', 'due'],
      ['2026-05-31T22:00:01-04', 'stays'],
      ['2026-06-01T02:00z', 'due'],
      ['2026-06-01', 'due'],
      ['2026-06-02', 'stays'],
      ['9999-12-31', 'stays'],
    ];
    test.each(cases)('%s is read as an instant: %s', async (value, verdict) => {
      const type = 'iso_text' as const;
      expect(await verdictOf('text', { column: 'expires', type }, value)).toBe(verdict);
      expect(await verdictOf('text', { path: 'payload.until', type }, value)).toBe(verdict);
    });

    const garbage = [
      ...[' ', 'now', 'today', 'tomorrow', 'yesterday', 'infinity', '-infinity', 'epoch', 'allballs'],
      ...['2024-13-45', '2024-02-30', '2024-02-30T00:00:00Z', '2024-01-01T25:00:00Z', '2024-01-01T00:00:00+99:00'],
      ...[
        '1704067200',
        '01/02/2024',
        '2024-1-1',
        '20240101',
        '2024-01-01T00:00:00Z; drop',
        '2024-01-01\n',
        '2024-01-01T00:00:00,5Z',
        '٢٠٢٤-٠١-٠١',
      ],
    ];
    test.each(garbage)('%j cannot be read, and so never expires', async (value) => {
      expect(await verdictOf('text', { column: 'expires', type: 'iso_text' }, value)).toBe('unreadable');
      expect(await verdictOf('text', { path: 'payload.until', type: 'iso_text' }, value)).toBe('unreadable');
    });

    test('JSON that is no text is unreadable, JSON null is no date', async () => {
      const settings = { path: 'payload.until', type: 'iso_text' } as const;
      expect(await verdictOf('text', settings, 20240101)).toBe('unreadable');
      expect(await verdictOf('text', settings, { at: '2024-01-01' })).toBe('unreadable');
      expect(await verdictOf('text', settings, null)).toBe('stays');
    });

    test('without an offset it is read in the zone of the mapping', async () => {
      const settings = { column: 'expires', type: 'iso_text', zone: 'America/New_York' } as const;
      expect(await verdictOf('text', settings, '2026-05-31T22:00:00')).toBe('due');
      expect(await verdictOf('text', settings, '2026-05-31T22:00:01')).toBe('stays');
      expect(await verdictOf('text', settings, '2026-06-01T02:00:00Z')).toBe('due');
    });
  });

  describe('a date', () => {
    const lastMoment = new Date('2026-06-01T23:59:59.999Z');
    const nextDay = new Date('2026-06-02T00:00:00.000Z');

    test.each(['date', 'text'])('as %s lasts through its UTC day', async (columnType) => {
      const settings = { column: 'expires', type: 'date' } as const;
      expect(await verdictOf(columnType, settings, '2026-06-01', lastMoment)).toBe('stays');
      expect(await verdictOf(columnType, settings, '2026-06-01', nextDay)).toBe('due');
    });

    test('in a JSON path lasts through its UTC day', async () => {
      const settings = { path: 'payload.until', type: 'date' } as const;
      expect(await verdictOf('text', settings, '2026-06-01', lastMoment)).toBe('stays');
      expect(await verdictOf('text', settings, '2026-06-01', nextDay)).toBe('due');
    });

    test('with a time of day lasts through the UTC day of that instant', async () => {
      const settings = { path: 'payload.until', type: 'date' } as const;
      expect(await verdictOf('text', settings, '2026-05-31T23:00:00-05:00', lastMoment)).toBe('stays');
      expect(await verdictOf('text', settings, '2026-05-31T23:00:00-05:00', nextDay)).toBe('due');
    });

    const garbage = ['infinity', 'tomorrow', '2024-13-45', '2024-02-30', '2024-01-011', '2024-01-01 or so'];
    test.each([...garbage, 'June-01-20', '٢٠٢٤-٠١-٠١', '----------'])('%j cannot be read', async (value) => {
      expect(await verdictOf('text', { column: 'expires', type: 'date' }, value)).toBe('unreadable');
    });

    test('infinity in a date column is never reached', async () => {
      expect(await verdictOf('date', { column: 'expires', type: 'date' }, 'infinity')).not.toBe('due');
    });
  });

  describe('a timestamp without a zone, kept in Berlin time', () => {
    const cases: readonly [string, string, string][] = [
      ['in winter, one hour ahead', '2026-01-10 12:00:00', '2026-01-10T11:00:00.000Z'],
      ['in summer, two hours ahead', '2026-07-10 12:00:00', '2026-07-10T10:00:00.000Z'],
      ['the last second before the clocks go forward', '2026-03-29 01:59:59', '2026-03-29T00:59:59.000Z'],
      ['the first second after they went forward', '2026-03-29 03:00:00', '2026-03-29T01:00:00.000Z'],
      ['the last unambiguous second before they go back', '2026-10-25 01:59:59', '2026-10-24T23:59:59.000Z'],
      ['the first unambiguous second after they went back', '2026-10-25 03:00:00', '2026-10-25T02:00:00.000Z'],
    ];
    test.each(cases)('%s', async (_when, written, instant) => {
      const settings = { column: 'expires', type: 'naive', zone: 'Europe/Berlin' } as const;
      const at = new Date(instant);
      expect(await verdictOf('timestamp', settings, written, at)).toBe('due');
      expect(await verdictOf('timestamp', settings, written, new Date(at.getTime() - 1))).toBe('stays');
    });
  });

  test('an empty text is no date', async () => {
    for (const type of ['iso_text', 'date', 'epoch_s', 'epoch_ms'] as const) {
      expect(await verdictOf('text', { column: 'expires', type }, '')).toBe('stays');
      expect(await verdictOf('text', { path: 'payload.until', type }, '')).toBe('stays');
    }
  });

  describe.each([
    ['seconds', 'epoch_s', 1],
    ['milliseconds', 'epoch_ms', 1000],
  ] as const)('%s since 1970', (_name, type, unit) => {
    const at = (cutoff.getTime() / 1000) * unit;
    const column = { column: 'expires', type };
    const path = { path: 'payload.until', type };

    test.each(['bigint', 'double precision', 'numeric', 'numeric(20,3)', 'text'])(
      'as %s are due at the cutoff and not before',
      async (columnType) => {
        expect(await verdictOf(columnType, column, String(at))).toBe('due');
        expect(await verdictOf(columnType, column, String(at - unit))).toBe('due');
        expect(await verdictOf(columnType, column, String(at + unit))).toBe('stays');
      },
    );

    test('of an integer column are read', async () => {
      expect(await verdictOf('integer', column, unit)).toBe('due');
      expect(await verdictOf('integer', column, 2_147_483_647)).toBe(type === 'epoch_s' ? 'stays' : 'due');
    });

    test('in a JSON path are read as a number and as text', async () => {
      for (const value of [at, String(at), `${at}.0`]) expect(await verdictOf('text', path, value)).toBe('due');
      for (const value of [at + unit, String(at + unit), at + unit / 1000])
        expect(await verdictOf('text', path, value)).toBe('stays');
      expect(await verdictOf('text', path, null)).toBe('stays');
    });

    test('with a fraction are compared to the millisecond', async () => {
      expect(await verdictOf('double precision', column, at + unit / 1000)).toBe('stays');
      expect(await verdictOf('numeric', column, at - unit / 1000)).toBe('due');
    });

    test('of zero and below are unreadable: applications write them for "never"', async () => {
      for (const value of [0, -1, -86_400 * unit, '-0']) {
        expect(await verdictOf('double precision', column, value)).toBe('unreadable');
        expect(await verdictOf('text', path, value)).toBe('unreadable');
      }
      expect(await verdictOf('double precision', column, '1e0')).toBe('due');
    });

    test('beyond what a timestamp can hold are unreadable, and never expire', async () => {
      const afterLast = 9_224_318_016_000 * unit;
      expect(await verdictOf('double precision', column, afterLast - unit)).toBe('stays');
      const beyond = [afterLast, 1e300, -1e300, 'NaN', 'Infinity', '-Infinity'];
      for (const value of beyond) expect(await verdictOf('double precision', column, value)).toBe('unreadable');
      for (const value of ['NaN', 'Infinity', `1${'0'.repeat(400)}`])
        expect(await verdictOf('numeric', column, value)).toBe('unreadable');
      expect(await verdictOf('bigint', column, '-9223372036854775808')).toBe('unreadable');
      expect(await verdictOf('text', path, '1e400')).toBe('unreadable');
    });

    test('are no text that only looks like a number', async () => {
      for (const value of [' ', '1704067200 ', '0x10', '1_000', '1e', '.', 'now', '2024-01-01', '١٧٠٤٠٦٧٢٠٠', '1\n'])
        expect(await verdictOf('text', path, value)).toBe('unreadable');
      for (const value of [true, { at }, [at]]) expect(await verdictOf('text', path, value)).toBe('unreadable');
    });
  });

  describe('a timestamp with a zone', () => {
    test('infinity never expires, and minus infinity is no date that can be read', async () => {
      expect(await verdictOf('timestamptz', 'expires', 'infinity')).toBe('stays');
      expect(await verdictOf('timestamptz', 'expires', '-infinity')).toBe('unreadable');
      expect(await verdictOf('timestamp', { column: 'expires', type: 'naive' }, '-infinity')).toBe('unreadable');
    });

    test('is compared to the microsecond', async () => {
      expect(await verdictOf('timestamptz', 'expires', '2026-06-01T02:00:00.000001Z')).toBe('stays');
      expect(await verdictOf('timestamptz', 'expires', '2026-06-01T02:00:00.000000Z')).toBe('due');
    });
  });
}
