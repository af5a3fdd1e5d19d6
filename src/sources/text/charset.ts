import { declaredInPage } from './declared-charset.ts';

export interface Declared {
  /** Of the header. */
  readonly charset: string | null;
  readonly markup: 'html' | 'xhtml' | null;
}

/** Charsets of several bytes a character: a short text in one of them can happen to be valid UTF-8 too. */
const severalBytes =
  /^(?:gb|x-gbk|big5|x-x-big5|shift|sjis|x-sjis|ms_?kanji|ms932|windows-31j|euc|x-euc|ks_?c|korean|windows-949|iso-2022)/i;
/** So many characters of UTF-8 are no coincidence in such a text. */
const leastCertain = 10;
/** Characters that cannot be read, by those beyond ASCII that can: as many as slips explain. */
const mostBroken = 0.3;
/** The same of all characters, for texts with hardly any beyond ASCII. */
const mostBrokenOfAll = 0.005;

/**
 * The text in bytes. A byte order mark goes first. Bytes that read as UTF-8 beyond ASCII are UTF-8, whatever was
 * declared, since other charsets hardly ever look so. Then the declared charset holds: the header's, then the page's
 * own. A bad byte costs a character and not the page; a charset that most of the text disagrees with is passed over.
 * All other text is UTF-8 with a few broken characters, or Windows-1252, which accepts any byte.
 */
export function decodeText(bytes: Uint8Array, declared: Declared): string {
  const marked = byteOrderMark(bytes) ?? (declared.markup === null ? null : unmarkedUtf16(bytes));
  if (marked !== null) return decode(bytes, marked) ?? '';
  const labels = labelsOf(bytes, declared);
  const loose = decode(bytes, 'utf-8') ?? '';
  const { beyondAscii, broken } = readable(loose);
  const coincidence = severalBytes.test(labels[0] ?? '') && beyondAscii < leastCertain;
  if (beyondAscii > 0 && broken <= beyondAscii / 10 && !coincidence) return loose;
  for (const label of labels) {
    const text = decode(bytes, label);
    // Its bytes are half null: no other charset reads them.
    if (text !== null && (/^utf-?16/i.test(label) || holds(text))) return text;
  }
  return holds(loose) ? loose : (decode(bytes, 'windows-1252') ?? loose);
}

/** Whether this is something else than text: control characters, or more that cannot be read than a slip explains. */
export function isBinary(text: string): boolean {
  const sample = text.slice(0, 20_000);
  if (sample.startsWith('%PDF-')) return true;
  let odd = 0;
  for (let at = 0; at < sample.length; at++) {
    const code = sample.charCodeAt(at);
    if (code === 0xfffd || (code < 0x20 && !(code >= 0x08 && code <= 0x0d) && code !== 0x1b)) odd += 1;
    // Windows-1252 reads anything; text has no C1 controls.
    if (code >= 0x80 && code <= 0x9f) odd += 1;
  }
  return odd > Math.max(2, sample.length * 0.02);
}

function labelsOf(bytes: Uint8Array, { charset, markup }: Declared): string[] {
  const own = markup === null ? [] : declaredInPage(bytes, markup === 'xhtml');
  const header = charset?.trim() ?? '';
  // A header that calls a page UTF-16 whose tags are in ASCII is mistaken.
  if (header === '' || (markup !== null && /^utf-?16/i.test(header) && !bytes.subarray(0, 1_024).includes(0)))
    return own;
  return [header, ...own];
}

function byteOrderMark(bytes: Uint8Array): string | null {
  const [a, b, c] = bytes;
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8';
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  return a === 0xfe && b === 0xff ? 'utf-16be' : null;
}

/** A page in UTF-16 that has no mark begins with `<` and a null byte. */
function unmarkedUtf16([a, b, c, d]: Uint8Array): string | null {
  if (a === 0x3c && b === 0 && c !== 0 && d === 0) return 'utf-16le';
  return a === 0 && b === 0x3c && c === 0 && d !== 0 ? 'utf-16be' : null;
}

/** `null`: there is no such charset, or none that is decoded. */
function decode(bytes: Uint8Array, label: string): string | null {
  try {
    return new TextDecoder(label).decode(bytes);
  } catch {
    return null;
  }
}

function holds(text: string): boolean {
  const { beyondAscii, broken } = readable(text);
  return broken === 0 || broken <= beyondAscii * mostBroken || broken < text.length * mostBrokenOfAll;
}

/** Characters beyond ASCII, and those that could not be read. */
function readable(text: string): { beyondAscii: number; broken: number } {
  let [beyondAscii, broken] = [0, 0];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0xfffd) broken += 1;
    else if (code >= 0x80) beyondAscii += 1;
  }
  return { beyondAscii, broken };
}
