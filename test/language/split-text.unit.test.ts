import fc from 'fast-check';
import { expect, it } from 'vitest';
import { splitText } from '../../src/language/split-text.ts';

it('packs paragraphs up to the limit', () => {
  const text = ['a'.repeat(40), 'b'.repeat(40), 'c'.repeat(40)].join('\n\n');
  expect(splitText(text, 90)).toEqual([`${'a'.repeat(40)}\n\n${'b'.repeat(40)}`, 'c'.repeat(40)]);
  expect(splitText(text, 1_000)).toEqual([text]);
});

it('cuts a long paragraph at lines, then sentences, then words, then anywhere', () => {
  expect(splitText('one line\nand two', 12)).toEqual(['one line', 'and two']);
  expect(splitText('One here. Two is there.', 14)).toEqual(['One here.', 'Two is there.']);
  expect(splitText('alpha beta gamma', 11)).toEqual(['alpha beta', 'gamma']);
  expect(splitText('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij']);
});

it('has nothing of an empty text', () => {
  expect(splitText('')).toEqual([]);
  expect(splitText(' \n\n\t')).toEqual([]);
});

it('loses nothing but white space, exceeds no limit, and splits no character', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '🙂', ' ', '\n', '\n\n', '. ', 'é', '文'), maxLength: 200 });
  fc.assert(
    fc.property(text, fc.integer({ min: 2, max: 50 }), (whole, limit) => {
      const chunks = splitText(whole, limit);
      const bare = (value: string) => value.replace(/\s/g, '');
      expect(bare(chunks.join(''))).toBe(bare(whole));
      for (const chunk of chunks) {
        expect(chunk.length).toBeLessThanOrEqual(limit);
        expect(chunk.isWellFormed()).toBe(true);
        expect(chunk).not.toBe('');
      }
    }),
  );
});
