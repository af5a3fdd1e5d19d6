export interface MediaType {
  /** `unknown`: nothing was said that can be read, so the content decides. */
  readonly kind: 'html' | 'text' | 'unknown' | 'other';
  /** In lower case, without parameters. */
  readonly name: string;
  readonly charset: string | null;
}

const html = new Set(['text/html', 'application/xhtml+xml']);
const text = new Set([
  'text/markdown',
  'text/x-markdown',
  'application/markdown',
  'text/plain',
  'text/x-rst',
  'text/asciidoc',
  'text/org',
]);
const essence = /^\s*([\w!#$&^.+-]{1,80}\/[\w!#$&^.+-]{1,80})(?=[\s;]|$)/;
const charsetParameter = /(?:^|[;\s])charset\s*=\s*(?:"([^"]{1,60})"|'([^']{1,60})'|([^\s;,"']{1,60}))/i;

/**
 * Reads Content-Type headers as browsers do: of several, or of one that a proxy has joined, the last that is a type counts,
 * and keeps the charset that the same type was given before. Only types whose text is for people are of use.
 */
export function mediaTypeOf(header: string | readonly string[] | null): MediaType {
  const lines: readonly string[] = typeof header === 'string' ? [header] : (header ?? []);
  let [name, charset]: [string, string | null] = ['', null];
  for (const one of lines.flatMap((line) => line.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/))) {
    const found = essence.exec(one)?.[1]?.toLowerCase() ?? null;
    const [, double, single, bare] = charsetParameter.exec(one) ?? [];
    const own = (double ?? single ?? bare)?.trim() || null;
    if (found === '*/*') continue;
    if (found !== null && found !== name) charset = null;
    name = found ?? name;
    charset = own ?? charset;
  }
  if (name === '') return { kind: 'unknown', name: '', charset };
  return { kind: html.has(name) ? 'html' : text.has(name) ? 'text' : 'other', name, charset };
}
