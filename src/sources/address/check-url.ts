import { isIP } from 'node:net';
import { Refusal } from '../errors.ts';
import type { AllowList } from './allow-list.ts';
import { addressRefusal } from './guarded-lookup.ts';

export interface UrlRules {
  readonly allow: AllowList;
  readonly ports: readonly number[];
}

/**
 * Reads an address that is to be fetched over HTTP, or refuses it. The URL parser has made one form of all the ways to
 * write an IPv4 address (decimal, octal, hexadecimal, full-width digits), so that what is checked is what is connected
 * to. Names are checked once more when they are resolved.
 */
export function checkUrl(text: string | URL, rules: UrlRules): URL {
  const url = text instanceof URL ? new URL(text) : URL.parse(text);
  if (url === null) throw new Refusal('url_refused', 'the address is not a URL');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new Refusal('url_refused', `addresses of the kind ${url.protocol} are not fetched`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new Refusal('url_refused', `the address at ${url.hostname} has a user name or a password in it`);
  }
  const port = portOf(url);
  if (!rules.ports.includes(port)) {
    throw new Refusal('url_refused', `${url.hostname}: port ${port} is not one of sources.ports`);
  }
  const host = hostOf(url);
  const range = isIP(host) !== 0 ? rules.allow.refusal(host, host) : localName(host, rules.allow);
  if (range !== null) throw addressRefusal(host, range);
  url.hash = '';
  return url;
}

/** The host without the brackets of IPv6 and without the dot of the root. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, '');
}

function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

/** Names that mean this machine whatever the name server says (RFC 6761). */
function localName(host: string, allow: AllowList): string | null {
  return host === '' || host === 'localhost' || host.endsWith('.localhost') ? allow.refusal(host, '127.0.0.1') : null;
}
