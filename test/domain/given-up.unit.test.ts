import { expect, test } from 'vitest';
import { givenUp } from '../../src/domain/given-up.ts';

test.each([
  [1, null, '1 partition was given up'],
  [2, null, '2 partitions were given up'],
  [1, 'ttl-cleanup', '1 partition of ttl-cleanup was given up'],
  [3, 'ttl-cleanup', '3 partitions of ttl-cleanup were given up'],
])('verb and noun agree with the count %d', (count, job, clause) => {
  expect(givenUp(count, job)).toBe(clause);
});
