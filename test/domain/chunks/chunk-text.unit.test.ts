import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunkText } from '../../../src/domain/chunks/chunk-text.ts';
import { estimateTokens } from '../../../src/domain/chunks/tokens.ts';

const bare = (text: string) => text.replace(/\s/gu, '');
const words = (count: number, word = 'word') => Array.from({ length: count }, (_, at) => `${word}${at % 10}`).join(' ');
const none = { overlapTokens: 0 };

describe('structure', () => {
  it('keeps a short text whole and has nothing of an empty one', () => {
    expect(chunkText('# Title\n\nOne paragraph.')).toMatchObject([{ text: '# Title\n\nOne paragraph.', headings: [] }]);
    expect(chunkText('')).toEqual([]);
    expect(chunkText(' \n\n\t')).toEqual([]);
    const [first] = chunkText(`\t${'x'.repeat(60)}`, { maxTokens: 16, overlapTokens: 2 });
    expect(first).toMatchObject({ start: 1, text: 'x'.repeat(15) });
  });

  it('starts chunks at headings and keeps the path of headings', () => {
    const section = (title: string) => `${title}\n\n${words(25)}.`;
    const text = [section('# Guide'), section('## Install'), section('### Linux'), section('## Use')].join('\n\n');
    const chunks = chunkText(text, { ...none, maxTokens: 60 });
    expect(chunks.map((chunk) => chunk.text.split('\n')[0])).toEqual(['# Guide', '## Install', '### Linux', '## Use']);
    expect(chunks.map((chunk) => chunk.headings)).toEqual([[], ['Guide'], ['Guide', 'Install'], ['Guide']]);
  });

  it('keeps short sections together, and no heading at the end of a chunk', () => {
    const short = '# A\n\none\n\n# B\n\ntwo\n\n# C\n\nthree';
    expect(chunkText(short, { ...none, maxTokens: 60 })).toHaveLength(1);
    const text = `${words(20)}\n\n# Next\n\n${words(20, 'other')}`;
    const chunks = chunkText(text, { ...none, maxTokens: 45 });
    expect(chunks.map((chunk) => chunk.text.includes('# Next'))).toEqual([false, true]);
    expect(chunks[1]?.text.startsWith('# Next')).toBe(true);
  });

  it('does not cut code and tables that fit, nor take what is in them for headings', () => {
    const code = '```sh\n# not a heading\n\nmake all\n```';
    const table = '| a | b |\n| --- | --- |\n| 1 | 2 |';
    const text = [words(12), code, words(12), table, words(12)].join('\n\n');
    const chunks = chunkText(text, { ...none, maxTokens: 40 });
    expect(chunks.length).toBeGreaterThan(1);
    expect(chunks.some((chunk) => chunk.text.includes(code))).toBe(true);
    expect(chunks.some((chunk) => chunk.text.includes(table))).toBe(true);
    expect(chunks.flatMap((chunk) => chunk.headings)).toEqual([]);
  });

  it('cuts what is too long at lines, then sentences, then words, then anywhere', () => {
    const lines = chunkText(`${words(12)}\n${words(12)}\n${words(12)}`, { ...none, maxTokens: 30 });
    expect(lines.map((chunk) => chunk.text)).toEqual([words(12), words(12), words(12)]);
    const sentences = chunkText(`${words(12)}. ${words(12)}! ${words(12)}?`, { ...none, maxTokens: 30 });
    expect(sentences.map((chunk) => chunk.text.at(-1))).toEqual(['.', '!', '?']);
    for (const chunk of chunkText(words(100), { ...none, maxTokens: 30 }))
      expect(chunk.text).toMatch(/^word\d.*word\d$/);
    expect(chunkText('x'.repeat(1_000), { ...none, maxTokens: 30 }).length).toBeGreaterThan(10);
  });

  it('repeats the end of a chunk in the next, but not across a heading', () => {
    const sentences = Array.from({ length: 12 }, (_, at) => `Sentence ${at} has a few words.`).join(' ');
    const [first, second] = chunkText(sentences, { maxTokens: 40, overlapTokens: 12 });
    expect(second?.start).toBeLessThan(first?.end ?? 0);
    const again = sentences.slice(second?.start, first?.end);
    expect(again).toMatch(/^Sentence \d+ .*\.$/);
    expect(estimateTokens(again)).toBeLessThanOrEqual(12);
    const sections = chunkText(`# A\n\n${words(10)}.\n\n# B\n\n${words(10)}.`, { maxTokens: 40, overlapTokens: 12 });
    expect(sections.map((chunk) => chunk.text.slice(0, 3))).toEqual(['# A', '# B']);
  });

  it('refuses limits that cannot be kept', () => {
    expect(() => chunkText('a', { maxTokens: 3 })).toThrow(/at least 16 tokens/);
    expect(() => chunkText('a', { maxTokens: 20, overlapTokens: 15 })).toThrow(/overlap/);
  });
});

const unit = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      'word',
      ' ',
      ' ',
      '\n',
      '\n\n',
      '. ',
      '。',
      '| a | b |\n',
      '```\n',
      '~~~',
      '# H\n',
      '\n## I\n',
    ),
  },
  fc.constantFrom('🙂', '👩‍👩‍👧', '文字', 'é', 'x'.repeat(60), '\t', '\r\n', '------', 'नमस्ते'),
);
const counters = fc.constantFrom<(text: string) => number>(
  estimateTokens,
  // A count that is not additive: a text has more tokens than its parts.
  (text) => Math.ceil((text.length * text.length) / 400),
  (text) => Math.ceil(new TextEncoder().encode(text).length / 4),
);

it('loses nothing but white space, keeps the order, exceeds no limit, splits no character', () => {
  fc.assert(
    fc.property(
      fc.array(unit, { maxLength: 120 }).map((parts) => parts.join('')),
      fc.integer({ min: 16, max: 60 }),
      fc.double({ min: 0, max: 0.5, noNaN: true }),
      counters,
      (text, maxTokens, share, countTokens) => {
        const overlapTokens = Math.floor(maxTokens * share);
        const chunks = chunkText(text, { maxTokens, overlapTokens, countTokens });
        let end = 0;
        let kept = '';
        for (const chunk of chunks) {
          expect(chunk.text).toBe(text.slice(chunk.start, chunk.end));
          expect(chunk.text.isWellFormed()).toBe(true);
          expect(chunk.text.trim()).toBe(chunk.text);
          expect(countTokens(chunk.text)).toBeLessThanOrEqual(maxTokens);
          expect(chunk.end).toBeGreaterThan(end);
          kept += text.slice(Math.max(chunk.start, end), chunk.end);
          // Only white space is left out between two chunks.
          if (chunk.start > end) expect(text.slice(end, chunk.start).trim()).toBe('');
          end = chunk.end;
        }
        expect(bare(kept)).toBe(bare(text));
      },
    ),
    { numRuns: 500 },
  );
});

it('takes a time that grows with the text, not with its square', () => {
  let counted = 0;
  const countTokens = (text: string) => {
    counted += text.length;
    return Math.ceil(text.length / 4);
  };
  const hostile = ['[a](', '```\n', '| a\n', '# h\n', '!', '!\n', 'a.)', '文'].map((part) => part.repeat(100_000));
  for (const text of ['x'.repeat(400_000), 'word '.repeat(80_000), 'A sentence here.\n'.repeat(24_000), ...hostile]) {
    counted = 0;
    chunkText(text, { countTokens });
    expect(counted / text.length).toBeLessThan(40);
  }
});
