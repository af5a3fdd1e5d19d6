import ipaddr from 'ipaddr.js';
import { isNeverMeantByName, specialRange } from './global-address.ts';

/** Addresses that may be connected to. */
export class AllowList {
  readonly #hosts = new Set<string>();
  readonly #ranges: [ipaddr.IPv4 | ipaddr.IPv6, number][] = [];

  /** `entries`: host names, IP addresses, CIDR ranges. */
  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      if (entry.includes('/')) this.#ranges.push(ipaddr.parseCIDR(entry));
      else if (ipaddr.isValid(entry)) this.#ranges.push([ipaddr.parse(entry), entry.includes(':') ? 128 : 32]);
      else this.#hosts.add(entry.toLowerCase().replace(/\.$/, ''));
    }
  }

  /**
   * Why the address may not be connected to under this name; `null` when it may. A host that is allowed by name may have a
   * private address, but not a link-local one: who can change a name's records must not reach a cloud's metadata.
   */
  refusal(hostname: string, address: string): string | null {
    const range = specialRange(address);
    if (range === null) return null;
    if (range !== 'invalid' && this.#isInRange(ipaddr.parse(address))) return null;
    if (this.#hosts.has(hostname.toLowerCase().replace(/\.$/, '')) && !isNeverMeantByName(address)) return null;
    return range;
  }

  #isInRange(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
    return this.#ranges.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));
  }
}
