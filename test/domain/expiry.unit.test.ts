import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ageLimit, type ExpiryRule, expiryReason } from '../../src/domain/rules/expiry.ts';

const cutoff = new Date('2026-06-01T02:00:00.000Z');
const rule: ExpiryRule = { kind: 'expiry', cutoff, maxAgeDays: 90 };
const shifted = (from: Date, ms: number) => new Date(from.getTime() + ms);
const limit = ageLimit(cutoff, 90);
const old = new Date(0);

describe('a document with a date of expiry', () => {
  test.each([
    [-1, 'expired'],
    [0, 'expired'],
    [1, null],
  ])('%i ms from the cutoff: %s', (ms, reason) => {
    expect(expiryReason({ expiresAt: shifted(cutoff, ms), fetchedAt: null }, rule)).toBe(reason);
  });

  test('that lies ahead stays, however long ago it was fetched', () => {
    expect(expiryReason({ expiresAt: shifted(cutoff, 1), fetchedAt: old }, rule)).toBeNull();
  });

  test('that cannot be read never expires, however long ago it was fetched', () => {
    expect(expiryReason({ expiresAt: 'unreadable', fetchedAt: old }, rule)).toBeNull();
  });
});

describe('a document without a date of expiry', () => {
  test.each([
    [-1, 'too_old'],
    [0, null],
    [1, null],
  ])('fetched %i ms from the age limit: %s', (ms, reason) => {
    expect(expiryReason({ expiresAt: null, fetchedAt: shifted(limit, ms) }, rule)).toBe(reason);
  });

  test('stays where there is no age limit, or no date of its fetch', () => {
    expect(expiryReason({ expiresAt: null, fetchedAt: old }, { kind: 'expiry', cutoff, maxAgeDays: null })).toBeNull();
    expect(expiryReason({ expiresAt: null, fetchedAt: null }, rule)).toBeNull();
    expect(expiryReason({ expiresAt: null, fetchedAt: 'unreadable' }, rule)).toBeNull();
  });
});

test('a day is 24 hours, also where clocks are put forward', () => {
  expect(ageLimit(new Date('2026-03-30T12:00:00Z'), 1)).toEqual(new Date('2026-03-29T12:00:00Z'));
  expect(ageLimit(cutoff, 0)).toEqual(cutoff);
});

test('a later date of expiry, or a later fetch, never makes a document go that stayed', () => {
  const date = fc.date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true });
  const nullable = fc.option(date);
  fc.assert(
    fc.property(nullable, nullable, fc.nat(1e11), fc.option(fc.nat(2000)), (expiresAt, fetchedAt, ms, maxAgeDays) => {
      const given: ExpiryRule = { kind: 'expiry', cutoff, maxAgeDays };
      const later = (at: Date | null) => (at === null ? null : shifted(at, ms));
      fc.pre(expiryReason({ expiresAt, fetchedAt }, given) === null);
      expect(expiryReason({ expiresAt: later(expiresAt), fetchedAt: later(fetchedAt) }, given)).toBeNull();
    }),
  );
});
