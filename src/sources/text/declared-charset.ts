/** How far browsers look at the least. They go on while the head lasts; an inline style can make that long. */
const mostBytes = 1_048_576;
/** Of `meta` elements: no page has as many before it names its charset. */
const mostMetas = 300;
const rawText = new Set(['script', 'style', 'textarea', 'title', 'xmp', 'noscript']);
/** Of one `meta`: the address of a refresh can be long. */
const mostMetaBytes = 4_096;
const attribute = /([a-z][a-z-]{0,40})\s*=\s*(?:"([^"]{0,3000})"|'([^']{0,3000})'|([^\s"'>]{1,3000}))/gi;
/** A page that waits longer is there to be read; one that names no address loads itself again. */
const mostRefreshSeconds = 10;

/** Charsets that the page itself names, in the order in which browsers ask: its `meta`, then its XML declaration. */
export function declaredInPage(bytes: Uint8Array, isXml: boolean): string[] {
  const head = headOf(bytes);
  const xml = /^\s*<\?xml\s[^>]{0,300}?encoding\s*=\s*["']\s*([\w.:-]{1,40})/i.exec(head)?.[1] ?? null;
  const meta = firstMeta(head, charsetOf);
  const found = isXml ? [xml, meta] : [meta, xml];
  // A page that can say so in ASCII is not in UTF-16, whatever it says.
  return found.filter((label) => label !== null).map((label) => (/^utf-?16/i.test(label) ? 'utf-8' : label));
}

/** Where a page sends its reader at once (`http-equiv=refresh`), its bytes as Latin-1; `null` where it stays. */
export function refreshOf(bytes: Uint8Array): string | null {
  return firstMeta(headOf(bytes), (attributes) => {
    if (attributes.get('http-equiv')?.toLowerCase() !== 'refresh') return null;
    const parts = /^(\d{1,4})[\d.]*[\s;,]+(?:url\s*=\s*)?(["']?)(.+?)\2$/i.exec(attributes.get('content') ?? '');
    if (parts === null || Number(parts[1]) > mostRefreshSeconds) return null;
    return (parts[3] ?? '').trim().replaceAll(/&amp;/gi, '&');
  });
}

function headOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, mostBytes)).toString('latin1');
}

type Attributes = ReadonlyMap<string, string>;

/** The first value that `read` finds in a `meta`, outside of comments, scripts and the like. */
function firstMeta(head: string, read: (attributes: Attributes) => string | null): string | null {
  let metas = 0;
  for (let at = head.indexOf('<'); at !== -1 && metas < mostMetas; at = head.indexOf('<', at + 1)) {
    if (head.startsWith('<!--', at)) {
      const end = head.indexOf('-->', at + 2);
      if (end === -1) return null;
      at = end;
      continue;
    }
    const name = /^<([a-z]{1,10})[\s/>]/i.exec(head.slice(at, at + 12))?.[1]?.toLowerCase();
    if (name === 'meta') {
      metas += 1;
      const found = read(attributesOf(head.slice(at + 5, at + mostMetaBytes)));
      if (found !== null) return found;
    } else if (name !== undefined && rawText.has(name)) {
      const closing = new RegExp(`</${name}`, 'gi');
      closing.lastIndex = at;
      const end = closing.exec(head);
      if (end === null) return null;
      at = end.index;
    }
  }
  return null;
}

function attributesOf(text: string): Attributes {
  const attributes = new Map<string, string>();
  const tag = /^(?:[^"'>]|"[^"]*"|'[^']*')*/.exec(text)?.[0] ?? '';
  for (const [, name = '', double, single, bare] of tag.matchAll(attribute)) {
    const key = name.toLowerCase();
    if (!attributes.has(key)) attributes.set(key, (double ?? single ?? bare ?? '').trim());
  }
  return attributes;
}

/** Of `charset=…`, or of `http-equiv=content-type` with its `content`. */
function charsetOf(attributes: Attributes): string | null {
  const own = attributes.get('charset');
  if (own !== undefined && /^[\w.:-]{1,40}$/.test(own)) return own;
  if (attributes.get('http-equiv')?.toLowerCase() !== 'content-type') return null;
  return /charset\s*=\s*["']?\s*([\w.:-]{1,40})/i.exec(attributes.get('content') ?? '')?.[1] ?? null;
}
