import { expect, it, test } from 'vitest';
import { type DatedFact, factExpiredSince, ttlByName } from '../../src/domain/facts/expiry.ts';

const day = (of: number) => new Date(Date.UTC(2026, 0, of));
const terms = { cutoff: day(31), ttlDays: 10, ttlDaysOf: ttlByName('LIKES=20, BORN_IN=off') };
const fact = (more: Partial<DatedFact>): DatedFact => {
  return { id: 'f', name: 'KNOWS', createdAt: day(1), accessedAt: null, ...more };
};

it.each([
  ['written long ago', {}, day(11)],
  ['written at the limit', { createdAt: day(21) }, day(31)],
  ['written after it', { createdAt: new Date(day(21).getTime() + 1) }, null],
  ['used since', { accessedAt: day(25) }, null],
  ['used long ago, and written later', { accessedAt: day(1), createdAt: day(25) }, null],
  ['of a name that has more time', { name: 'LIKES', createdAt: day(12) }, null],
  ['of a name that never expires', { name: 'BORN_IN' }, null],
  ['without any date', { createdAt: null }, null],
])('a fact that was %s', (_, more, since) => {
  expect(factExpiredSince(fact(more), terms)).toEqual(since);
});

test('without a time to live only facts of a name that has one expire', () => {
  const byName = { ...terms, ttlDays: null };
  expect(factExpiredSince(fact({}), byName)).toBeNull();
  expect(factExpiredSince(fact({ name: 'LIKES' }), byName)).toEqual(day(21));
});
