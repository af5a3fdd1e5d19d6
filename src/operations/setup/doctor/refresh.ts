import type { CollectionParts, Parts } from '../../../assemble.ts';
import { MappingError } from '../../../stores/ports/inspection.ts';

export interface RefreshFindings {
  readonly problems: readonly string[];
  readonly remarks: readonly string[];
}

const job = 'document-refresh';
const longestMs = 60_000;

/**
 * Returns the reasons why a run of `document-refresh` would refuse a collection: vectors of another length, columns
 * that it could not fill. They are problems where embeddings are configured; else remarks, since the job may not be
 * wanted.
 */
export async function refreshFindings(parts: Parts, { store }: CollectionParts): Promise<RefreshFindings> {
  const own = parts.sweepables(job).find(({ collection }) => collection === store.mapping.name);
  if (own === undefined) return { problems: [], remarks: [] };
  const found = await problemsOf(async () => {
    const { problems } = await own.open(parts.db);
    return (await problems?.(parts.db, AbortSignal.timeout(longestMs))) ?? [];
  });
  if (parts.embedder.remote) return { problems: found, remarks: [] };
  return { problems: [], remarks: found.map((one) => `${job} would refuse the collection: ${one}`) };
}

/** Problems of the mapping itself are reported elsewhere. */
async function problemsOf(find: () => Promise<readonly string[]>): Promise<readonly string[]> {
  try {
    return await find();
  } catch (error) {
    if (error instanceof MappingError) return [];
    return [error instanceof Error ? error.message : String(error)];
  }
}
