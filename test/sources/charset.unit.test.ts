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
  [
    'UTF-16, said, and cut in a character',
    Buffer.from('ö plain', 'utf16le').subarray(0, -1),
    'utf-16le',
    'ö plai\ufffd',
  ],
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
  expect(decodeText(bytes, { charset: declared, markup: 'html' })).toBe(text);
});

it('one broken character costs one character, not the page', () => {
  const bytes = Buffer.concat([utf8(words.repeat(40)), Buffer.from([0xc3]), utf8(' end')]);
  expect(decodeText(bytes, { charset: 'utf-8', markup: 'html' })).toBe(`${words.repeat(40)}\ufffd end`);
});

const gbk = Buffer.from('d3c3bba7cad6b2e1'.repeat(40), 'hex');
const badByte = Buffer.from([0xff]);
const russian = Buffer.from('cff0e8e2e5f2', 'hex');
const from = (...parts: (string | Uint8Array)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? latin1(part) : part)));

it.each<[string, Uint8Array, string | null, 'html' | 'xhtml' | null, string]>([
  ['the header says GBK, one bad byte', from(gbk, badByte, gbk), 'gbk', 'html', '用户手册\ufffd用户'],
  ['plain text in GBK, one bad byte', from(gbk, badByte, gbk), 'GB2312', null, '用户手册\ufffd用户'],
  [
    'the page says GBK, one bad byte',
    from('<meta charset=gbk>', gbk, badByte, gbk),
    null,
    'html',
    '用户手册\ufffd用户',
  ],
  [
    'UTF-8 called Latin-1, one bad byte',
    from(utf8('größe '.repeat(40)), badByte),
    'iso-8859-1',
    'html',
    'größe \ufffd',
  ],
  [
    'Latin-1 called UTF-8 by the header, named by the page',
    from('<meta charset=latin1>Gr\xf6\xdfe'),
    'utf-8',
    'html',
    'Größe',
  ],
  ['two letters of GBK that are UTF-8 by chance', from('<p>', Buffer.from('d3a3c4a3', 'hex')), 'gbk', 'html', '樱模'],
  ['an XML declaration', from('<?xml version="1.0" encoding="windows-1251"?><p>', russian), null, 'xhtml', 'Привет'],
  [
    'an XML declaration in a page of HTML',
    from("<?xml version='1.0' encoding='windows-1251'?>", russian),
    null,
    'html',
    'Привет',
  ],
  [
    'a meta after two kilobytes of style',
    from(`<style>${'a{}'.repeat(9_000)}</style><meta charset=windows-1251>`, russian),
    null,
    'html',
    'Привет',
  ],
  [
    'a meta that is commented out',
    from('<!-- <meta charset=koi8-r> --><meta charset="windows-1251">', russian),
    null,
    'html',
    'Привет',
  ],
  [
    'a meta in a script',
    from('<script>"<meta charset=koi8-r>"</script><meta charset="windows-1251">', russian),
    null,
    'html',
    'Привет',
  ],
  [
    'a description that speaks of charsets',
    from('<meta name=description content="charset=koi8-r"><meta charset=windows-1251>', russian),
    null,
    'html',
    'Привет',
  ],
  [
    'http-equiv after content',
    from('<meta content="text/html; charset=windows-1251" http-equiv="content-type"/>', russian),
    null,
    'html',
    'Привет',
  ],
  ['UTF-16 without a mark', Buffer.from('<p>Größe', 'utf16le'), null, 'html', '<p>Größe'],
  ['a header that says UTF-16 of ASCII', from('<p>plain'), 'utf-16', 'html', '<p>plain'],
])('%s', (_, bytes, charset, markup, expected) => {
  const text = decodeText(bytes, { charset, markup });
  expect(text).toContain(expected);
});

it('whatever comes is read, and is well-formed', () => {
  const labels = fc.option(
    fc.constantFrom('utf-8', 'utf-16le', 'shift_jis', 'gb18030', 'iso-2022-jp', 'euc-kr', 'x', ''),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), labels, fc.boolean(), (bytes, label, isHtml) => {
      const markup = isHtml ? 'html' : null;
      expect(decodeText(bytes, { charset: label, markup }).isWellFormed()).toBe(true);
    }),
  );
});

it('distinguishes text from binary', () => {
  expect(isBinary('Plain text,\twith\nlines. 日本語 🙂')).toBe(false);
  expect(isBinary('\u001b[31mcoloured\u001b[0m log line')).toBe(false);
  expect(isBinary('PK\u0003\u0004\u0014\u0000\u0000\u0000\u0008')).toBe(true);
  expect(isBinary('\ufffd'.repeat(50))).toBe(true);
});
