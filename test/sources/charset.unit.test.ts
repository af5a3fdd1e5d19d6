import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeText, isBinary } from '../../src/sources/text/charset.ts';

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const utf8 = (text: string) => Buffer.from(text, 'utf8');
const words = 'Größe und Maß, naïve façade';

it.each<[string, Uint8Array, string | null, string]>([
  ['UTF-8, said', utf8(words), 'utf-8', words],
  ['UTF-8, not said', utf8(words), null, words],
  ['UTF-8, said to be Latin-1', utf8(words), 'iso-8859-1', words],
  ['Latin-1, said', latin1(words), 'iso-8859-1', words],
  ['Latin-1, not said', latin1(words), null, words],
  ['Latin-1, said to be UTF-8', latin1(words), 'utf-8', words],
  ['an unknown charset', utf8(words), 'x-nonsense', words],
  ['an impossible charset', latin1(words), 'replacement', words],
  ['a mark of UTF-8 against the header', Buffer.from(`\ufeff${words}`), 'windows-1251', words],
  ['a mark of UTF-16', Buffer.from(`\ufeff${words}`, 'utf16le'), 'utf-8', words],
  ['UTF-16, said', Buffer.from('plain', 'utf16le'), 'utf-16le', 'plain'],
  ['Shift_JIS, said', Buffer.from('93fa967b8cea', 'hex'), 'shift_jis', '日本語'],
  [
    'Windows-1251, in the page',
    Buffer.concat([latin1('<meta charset="windows-1251">'), Buffer.from('cff0e8e2e5f2', 'hex')]),
    null,
    '<meta charset="windows-1251">Привет',
  ],
  [
    'the old way to say so',
    Buffer.concat([
      latin1('<META http-equiv=Content-Type content="text/html; charset=koi8-r">'),
      Buffer.from('f0d2c9d7c5d4', 'hex'),
    ]),
    null,
    '<META http-equiv=Content-Type content="text/html; charset=koi8-r">Привет',
  ],
  ['the page says UTF-16 in ASCII', latin1('<meta charset="utf-16">plain'), null, '<meta charset="utf-16">plain'],
  ['nothing', Buffer.alloc(0), 'utf-8', ''],
])('%s', (_, bytes, declared, text) => {
  expect(decodeText(bytes, declared, true)).toBe(text);
});

it('one broken character costs one character, not the page', () => {
  const bytes = Buffer.concat([utf8(words.repeat(40)), Buffer.from([0xc3]), utf8(' end')]);
  expect(decodeText(bytes, 'utf-8', true)).toBe(`${words.repeat(40)}\ufffd end`);
});

it('whatever comes is read, and is well-formed', () => {
  const labels = fc.option(
    fc.constantFrom('utf-8', 'utf-16le', 'shift_jis', 'gb18030', 'iso-2022-jp', 'euc-kr', 'x', ''),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), labels, fc.boolean(), (bytes, label, isHtml) => {
      expect(decodeText(bytes, label, isHtml).isWellFormed()).toBe(true);
    }),
  );
});

it('tells text from what is none', () => {
  expect(isBinary('Plain text,\twith\nlines. 日本語 🙂')).toBe(false);
  expect(isBinary('\u001b[31mcoloured\u001b[0m log line')).toBe(false);
  expect(isBinary('PK\u0003\u0004\u0014\u0000\u0000\u0000\u0008')).toBe(true);
  expect(isBinary('\ufffd'.repeat(50))).toBe(true);
});
