import type { LookupAddress } from 'node:dns';
import { lookup as systemLookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { Refusal } from '../errors.ts';
import type { AllowList } from './allow-list.ts';

/** All addresses of a name. Tests bring their own. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

export const systemResolve: Resolve = (hostname) => systemLookup(hostname, { all: true, verbatim: true });

/**
 * Resolves a name for one connection and hands on only addresses that may be connected to. The socket connects to what it
 * is handed and asks nobody again, so a name that answers otherwise the next time (DNS rebinding) gains nothing.
 */
export function guardedLookup(allow: AllowList, resolve: Resolve = systemResolve): LookupFunction {
  return (hostname, options, callback) => {
    permitted(hostname, allow, resolve).then(
      (addresses) => {
        const [first] = addresses;
        if (options.all === true) callback(null, [...addresses]);
        else callback(null, first?.address ?? '', first?.family);
      },
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), []),
    );
  };
}

async function permitted(hostname: string, allow: AllowList, resolve: Resolve): Promise<readonly LookupAddress[]> {
  const found = await resolve(hostname);
  const refused = found.map(({ address }) => allow.refusal(hostname, address));
  const addresses = found.filter((_, at) => refused[at] === null);
  if (addresses.length > 0) return addresses;
  if (found.length === 0) throw Object.assign(new Error('no address'), { code: 'ENOTFOUND' });
  throw addressRefusal(hostname, refused.find((one) => one !== null) ?? 'special');
}

export function addressRefusal(host: string, range: string): Refusal {
  return new Refusal(
    'address_refused',
    `${host} has no address on the public internet (${range}). If it is meant, name it under sources.allow`,
  );
}
