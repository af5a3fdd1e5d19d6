import { expect, test } from 'vitest';
import { longestReason, whyNoReason } from '../../src/domain/reason.ts';

test.each([
  ['seen by ann', null],
  ['  Grüße, 你好 🙂 ', null],
  ['', 'is empty'],
  [' \u3000\ufeff', 'is empty'],
  ['fine\nPIPELINE_METRICS: forged', 'has a line break or another control character'],
  ['a\u2028b', 'has a line break or another control character'],
  ['a\u0085b', 'has a line break or another control character'],
  ['x'.repeat(longestReason), null],
  ['x'.repeat(longestReason + 1), `is longer than ${longestReason} characters`],
])('the reason %j', (text, problem) => {
  expect(whyNoReason(text)).toBe(problem);
});
