import type { CollectionMapping } from './mapping.ts';

/**
 * The mapping as runs, plans and ledgers of every release record it. Its form is fixed: names and their order are those of
 * the first release, and settings that a preset gained later are left out (`fromPreset`).
 */
export function recordedMapping(mapping: CollectionMapping): Readonly<Record<string, unknown>> & {
  readonly document: CollectionMapping['document'];
} {
  const { document } = mapping;
  return { ...Object.fromEntries(Object.entries(withoutLaterFields(mapping)).map(formerName)), document };
}

function withoutLaterFields({ fromPreset, ...whole }: CollectionMapping): object {
  if (fromPreset === undefined) return whole;
  const { kind: _, fields = {}, ...documents } = whole;
  const added: readonly string[] = fromPreset;
  const own = Object.entries(fields).filter(([name]) => !added.includes(name));
  return own.length === 0 ? documents : { ...documents, fields: Object.fromEntries(own) };
}

function formerName([name, value]: [string, unknown]): [string, unknown] {
  return [name === 'partition' ? 'workspace' : name, value];
}
