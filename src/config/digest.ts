import { createHash } from 'node:crypto';
import type { GraphMapping } from '../domain/graph-mapping.ts';
import type { CollectionMapping } from '../domain/mapping.ts';

/**
 * Digest of a collection as it is configured, whatever the tables look like: two workers that differ in it must not
 * share a run. What says nothing (null, an empty list) is left out, so that a setting that a later version knows
 * besides changes nothing until somebody uses it.
 */
export function configurationDigest(mapping: CollectionMapping | GraphMapping): string {
  return createHash('sha256')
    .update(JSON.stringify(canonical(mapping)))
    .digest('hex')
    .slice(0, 16);
}

export function configurationDigests(mappings: readonly (CollectionMapping | GraphMapping)[]): Record<string, string> {
  return Object.fromEntries(mappings.map((mapping) => [mapping.name, configurationDigest(mapping)]));
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const said = Object.entries(value).filter(([, one]) => one !== null && !(Array.isArray(one) && one.length === 0));
  return said.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, one]) => [key, canonical(one)]);
}
