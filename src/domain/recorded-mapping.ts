import type { CollectionMapping } from './mapping.ts';

/** The mapping as it is compared with what was recorded of it: see `fromPreset`. */
export function recordedMapping(mapping: CollectionMapping): Omit<CollectionMapping, 'fromPreset'> {
  const { fromPreset, ...whole } = mapping;
  if (fromPreset === undefined) return whole;
  const { kind: _, fields: __, ...documents } = whole;
  const added: readonly string[] = fromPreset;
  const own = Object.entries(mapping.fields ?? {}).filter(([name]) => !added.includes(name));
  return own.length === 0
    ? documents
    : { ...documents, fields: Object.fromEntries(own) as typeof mapping.fields & object };
}
