import { Refusal } from './errors.ts';

/**
 * The address that a template's scheme stands for: `context7:/vendor/lib` with `https://…/{id}/llms.txt` is
 * `https://…/vendor/lib/llms.txt`. Each inserted piece is encoded and cannot leave its place. `null`: no template has
 * this scheme.
 */
export function expandTemplate(url: string, templates: Readonly<Record<string, string>>): string | null {
  const scheme = /^([a-z][a-z0-9.+-]*):/i.exec(url)?.[1]?.toLowerCase() ?? '';
  if (!Object.hasOwn(templates, scheme)) return null;
  const template = templates[scheme] ?? '';
  const id = url.slice(scheme.length + 1).replace(/^\/+|\/+$/g, '');
  const segments = id.split('/').map(decoded);
  if (segments.some((one) => one === '' || one === '.' || one === '..' || /[\p{Cc}\\]/u.test(one))) {
    throw new Refusal('url_refused', `what follows ${scheme}: is no identifier`);
  }
  const queryAt = template.indexOf('?');
  const inPath = segments.map(encodeURIComponent).join('/');
  const inQuery = encodeURIComponent(segments.join('/'));
  return template.replaceAll('{id}', (_, at: number) => (queryAt !== -1 && at > queryAt ? inQuery : inPath));
}

/** An identifier that is encoded already is not encoded twice. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
