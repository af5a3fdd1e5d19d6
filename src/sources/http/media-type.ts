export interface MediaType {
  /** `unknown`: nothing was said, so the content decides. */
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

/** Reads a Content-Type header. Only types whose text is for people are of use. */
export function mediaTypeOf(header: string | null): MediaType {
  const [first = '', ...parameters] = (header ?? '').split(';');
  const name = first.trim().toLowerCase();
  const charsets = parameters.map((one) => /^\s*charset\s*=\s*"?([^"\s]+)"?\s*$/i.exec(one)?.[1] ?? null);
  const charset = charsets.find((one) => one !== null) ?? null;
  if (name === '') return { kind: 'unknown', name: '', charset };
  return { kind: html.has(name) ? 'html' : text.has(name) ? 'text' : 'other', name, charset };
}
