import type { Kept } from '../../ports/row-removal.ts';
import type { Referenced } from './referenced.ts';
import { isForeignKeyRefusal, type Refusal } from './refusals.ts';

/** Documents that rows which stay reference, one entry for each foreign key. */
export function keptByReference(documents: readonly Referenced[]): Kept[] {
  return summed(
    documents.map(({ constraint, table }) => ({ reason: 'referenced', code: null, constraint, table, documents: 1 })),
  );
}

/** Documents that the database refused to delete, one entry for each reason. */
export function keptByRefusal(refusals: readonly Refusal[]): Kept[] {
  return summed(
    refusals.map((refusal) => ({
      ...{ reason: isForeignKeyRefusal(refusal) ? 'referenced' : 'refused', documents: 1 },
      ...refusal,
    })),
  );
}

function summed(all: readonly Kept[]): Kept[] {
  const byReason = new Map<string, Kept>();
  for (const { documents, ...reason } of all) {
    const key = JSON.stringify(reason);
    byReason.set(key, { ...reason, documents: documents + (byReason.get(key)?.documents ?? 0) });
  }
  return [...byReason.values()];
}
