import { expect, it } from 'vitest';
import { maskValues } from '../../src/stores/mask-values.ts';

it.each([
  ["Node(12) already exists with label `Doc` and property `id` = 'alice@example.org'", 'alice@example.org', 'Doc'],
  ['Node(12) already exists with label `Doc` and property `no` = 4111111111111111', '4111111111111111', '`no`'],
  [`invalid date property 'expires_at' on class 'Chunk': the given value is "meet me at noon"`, 'noon', 'expires_at'],
  ["Expected parameter(s): 'it\\'s a \"secret\" text'", 'secret', 'Expected'],
])('%s: keeps names and hides values', (message, value, name) => {
  const masked = maskValues(message);
  expect(masked).toContain(name);
  expect(masked).not.toContain(value);
});

it('shortens a long message', () => {
  expect(maskValues('word '.repeat(500))).toHaveLength(300);
});
