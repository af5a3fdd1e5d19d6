import { expect, test } from 'vitest';
import { withShortWords } from '../../src/domain/short-words.ts';
import { StoreError } from '../../src/domain/store-errors.ts';
import { Refusal, SourceError } from '../../src/sources/errors.ts';

const host = `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.example.com:5432`;
const short = `${'a'.repeat(60)}…ccc.example.com:5432`;

test('a long name of a host loses its middle and keeps its end', () => {
  expect(withShortWords(`PostgreSQL at ${host} refuses connections`)).toBe(
    `PostgreSQL at ${short} refuses connections`,
  );
});

test('words of up to 100 characters stay, however long the message is', () => {
  const message = Array.from({ length: 50 }, () => 'd'.repeat(100)).join(' ');
  expect(withShortWords(message)).toBe(message);
});

test.each([
  ['a store', new StoreError('ConnectionError', `Neo4j at ${host} cannot be reached`)],
  ['a source', new SourceError('ConnectionError', `the name ${host} could not be looked up`)],
  ['a refusal', new Refusal('host_unknown', `the name ${host} has no address`)],
])('errors of %s have short words', (_, error) => {
  expect(error.message).toContain(short);
});
