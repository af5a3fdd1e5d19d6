import { expect, it } from 'vitest';
import { shrunk } from '../../src/domain/shrunk.ts';

it('an empty text is refused whatever was there before', () => {
  for (const before of [null, '', 'words']) expect(shrunk(before, ' \n\t')).toBe('the fetched text is empty');
});

it('a text below the bound is refused, with its numbers', () => {
  expect(shrunk('x'.repeat(1_000), 'y'.repeat(499))).toBe(
    'the fetched text has 499 characters, 49 % of the 1000 before',
  );
  expect(shrunk('x'.repeat(1_000), 'y'.repeat(500))).toBeNull();
  expect(shrunk('x'.repeat(1_000), 'y'.repeat(100), 0.1)).toBeNull();
  expect(shrunk('x'.repeat(1_000), 'y', 0)).toBeNull();
});

it('a first text, or a longer one, is welcome', () => {
  expect(shrunk(null, 'y')).toBeNull();
  expect(shrunk('', 'y')).toBeNull();
  expect(shrunk('x', 'y'.repeat(1_000))).toBeNull();
});

it('white space is no text', () => {
  expect(shrunk(`a${' '.repeat(10_000)}b`, 'ab')).toBeNull();
});
