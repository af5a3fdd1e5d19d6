import type { CollectionMapping, FilterTerm } from './mapping.ts';

/** Whether a name says that the application marks deleted rows by it, and keeps them. */
export function marksDeletion(name: string): boolean {
  return /^(is_?)?(soft_?)?(deleted|removed|archived|trashed|discarded|tombstone|tombstoned)$/i.test(name);
}

/**
 * The term of a filter that takes the rows which are marked as deleted. Nearly all of them are due, so that their share of
 * the collection says nothing; their share of the table does.
 */
export function softDeleteTerm({ filter, shareOf }: CollectionMapping): FilterTerm | null {
  if (shareOf === 'table') return null;
  return filter.find(({ column, keys, anyOf }) => marksDeletion(keys.at(-1) ?? column) && anyOf.every(saysYes)) ?? null;
}

function saysYes(value: string): boolean {
  return /^(true|t|yes|y|1)$/i.test(value);
}
