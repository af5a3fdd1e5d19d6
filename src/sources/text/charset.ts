/** Where a page may say its charset, at the latest: browsers look no further than 1,024 bytes; some pages are late. */
const prescanBytes = 4_096;
const metaCharset = /<meta\s[^>]{0,200}?charset\s*=\s*["']?([A-Za-z0-9_:.-]{1,40})/i;

/**
 * The text in bytes, whatever was said about them. A byte order mark goes first. Bytes that are valid UTF-8 beyond ASCII
 * are UTF-8, since other charsets hardly ever look so; then come the header and the page's own word, as far as the bytes
 * agree; what is left is UTF-8 with a few broken characters, or Windows-1252, which reads anything.
 */
export function decodeText(bytes: Uint8Array, declared: string | null, isHtml: boolean): string {
  const marked = byteOrderMark(bytes);
  if (marked !== null) return decode(bytes, marked, false) ?? '';
  const strict = decode(bytes, 'utf-8', true);
  if (strict !== null && strict.length < bytes.byteLength) return strict;
  for (const label of [declared, isHtml ? metaLabel(bytes) : null]) {
    const text = label === null ? null : decode(bytes, label, true);
    if (text !== null) return text;
  }
  if (strict !== null) return strict;
  const loose = decode(bytes, 'utf-8', false) ?? '';
  return brokenShare(loose) < 0.005 ? loose : (decode(bytes, 'windows-1252', false) ?? loose);
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

function byteOrderMark(bytes: Uint8Array): string | null {
  const [a, b, c] = bytes;
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8';
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  return a === 0xfe && b === 0xff ? 'utf-16be' : null;
}

/** A page that can say so in ASCII is not in UTF-16, whatever it says. */
function metaLabel(bytes: Uint8Array): string | null {
  const head = Buffer.from(bytes.subarray(0, prescanBytes)).toString('latin1');
  const label = metaCharset.exec(head)?.[1] ?? null;
  return label !== null && /^utf-?16/i.test(label) ? 'utf-8' : label;
}

/** `null`: no such charset, or, when `fatal`, bytes that are none of it. */
function decode(bytes: Uint8Array, label: string, fatal: boolean): string | null {
  try {
    return new TextDecoder(label, { fatal }).decode(bytes);
  } catch {
    return null;
  }
}

function brokenShare(text: string): number {
  let broken = 0;
  for (let at = text.indexOf('\ufffd'); at !== -1; at = text.indexOf('\ufffd', at + 1)) broken += 1;
  return broken / Math.max(1, text.length);
}
