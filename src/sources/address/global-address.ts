import ipaddr from 'ipaddr.js';

/** The part of IPv6 that is allocated to the public internet. Every address outside it is special. */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Why an address is not one of the public internet; `null` when it is. Forms of IPv6 that carry an IPv4 address (mapped,
 * compatible, NAT64, 6to4, Teredo) are special whatever they carry: a public site has no need of them.
 */
export function specialRange(address: string): string | null {
  if (!ipaddr.isValid(address)) return 'invalid';
  const parsed = ipaddr.parse(address);
  const range: string = parsed.range();
  if (range !== 'unicast') return range;
  return parsed instanceof ipaddr.IPv6 && !parsed.match(globalUnicast) ? 'reserved' : null;
}

/** Link-local and the like: where clouds keep their metadata, and where no document is. */
export function isNeverMeantByName(address: string): boolean {
  return !['private', 'loopback', 'uniqueLocal', 'carrierGradeNat'].includes(specialRange(address) ?? 'private');
}
