import { expect, test } from 'vitest';
import { alikeFacts } from '../../src/domain/merging/alike-facts.ts';

const fact = (id: string, text: string, place = 'here') => ({ id, place, text });

test('facts of one place that say the same are one, whatever their case, accents and punctuation', () => {
  const { clusters } = alikeFacts([
    ...[fact('a', 'Zoé lives in Berlin.'), fact('b', 'zoe lives in berlin'), fact('c', 'Zoé LIVES in Berlin!')],
    ...[fact('d', 'Zoé lives in Berlin.', 'elsewhere'), fact('e', ''), fact('f', ' ')],
  ]);
  expect(clusters).toEqual([['a', 'b', 'c']]);
});

test.each([
  ['another number', 'paid 100 euros', 'paid 101 euros'],
  ['a negation', 'she likes tea', 'she does not like tea'],
  ['another decimal point', 'measures 1.5 m', 'measures 15 m'],
])('facts that differ in %s are not one', (_, one, other) => {
  expect(alikeFacts([fact('a', one), fact('b', other)]).clusters).toEqual([]);
});

test('facts that share half of their words are shown to a person, and no others', () => {
  const { related } = alikeFacts([
    fact('a', 'Ada works at the bank'),
    fact('b', 'Ada works at a bank'),
    fact('c', 'somebody sings'),
  ]);
  expect(related).toEqual([{ one: 'a', other: 'b', bits: null, guard: 'text' }]);
});

test('a place with many facts is compared by their texts alone', () => {
  const many = Array.from({ length: 5_000 }, (_, at) => fact(`f${at}`, `event number ${at % 4_000} of the day`));
  const { clusters, related } = alikeFacts(many);
  expect(clusters).toHaveLength(1_000);
  expect(related).toEqual([]);
});
