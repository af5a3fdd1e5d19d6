import { describe, expect, it } from 'vitest';
import { canonicalRowId, decodeRowId, encodeRowId } from '../../src/domain/row-id.ts';

/** Pairs that a naive text would confuse: separators, quotes, absence, case, numbers, control characters. */
const awkwardIds: readonly (readonly (string | null)[])[] = [
  ['a', 'b,c'],
  ['a,b', 'c'],
  ['a","b', 'c'],
  ['a', 'b","c'],
  ['a\\', 'b'],
  ['a', '\\b'],
  ['null', 'x'],
  [null, 'x'],
  ['', ''],
  ['A', 'b'],
  ['a', 'B'],
  ['1', '1.0'],
  ['1', '1.00'],
  ['01', '1.0'],
  ['line\nbreak', 'tab\t'],
  ['line\\nbreak', 'tab\\t'],
  ['日本語', '😀'],
  ['[1]', '{}'],
];

describe('the text of a composite id', () => {
  it('differs for ids that differ, and leads back to the columns', () => {
    const texts = awkwardIds.map(encodeRowId);
    expect(new Set(texts).size).toBe(awkwardIds.length);
    expect(texts.map((text) => decodeRowId(text, 2))).toEqual(awkwardIds);
  });

  it('is JSON wherever no control character is in it', () => {
    expect(JSON.parse(encodeRowId(['a "quoted" \\ text', null]))).toEqual(['a "quoted" \\ text', null]);
  });

  it('is found for JSON that a person wrote in another way; an id of one column stays as it is', () => {
    expect(canonicalRowId(' [ "a",\n "\\u0062" ] ', 2)).toBe('["a","b"]');
    expect(canonicalRowId('["line\\nbreak","b"]', 2)).toBe('["line\nbreak","b"]');
    expect(canonicalRowId('["a", "b"]', 1)).toBe('["a", "b"]');
    expect(canonicalRowId('["a", "b"]', 3)).toBe('["a", "b"]');
    expect(canonicalRowId('[1, 2]', 2)).toBe('[1, 2]');
  });
});
