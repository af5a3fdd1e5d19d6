import type { VectorImage } from '../../domain/vector-image.ts';
import { dropSwaps, intendSwaps, type Swap, standingSwaps, switchSwaps } from '../../state/ledger/swaps.ts';
import type { RefreshTable } from '../../stores/ports/refresh-table.ts';
import type { VectorStore } from '../../stores/ports/vector-store.ts';
import type { PartitionWork } from '../sweep/sweepable.ts';
import type { Looked } from './look.ts';
import { type Chunked, newImages } from './new-images.ts';
import { writeOutcomes } from './outcomes.ts';

/**
 * Documents whose vectors stand in another store, which no transaction of the database covers.
 *
 *   old vectors read → T1: what will be new and what is old is written down → new vectors written, readable
 *                    → T2: the row says what they say, if nobody wrote it meanwhile → old vectors removed → forgotten
 *
 * Until the last step a search finds the old ones, the new ones or both. A crash leaves a `Swap`, which says by its state
 * which of the two sets the row speaks of; the next activity on the partition removes the other.
 */
export interface Outside {
  readonly table: RefreshTable;
  readonly vectors: VectorStore;
  readonly collection: string;
  readonly place: { readonly document: string; readonly workspace: string | null };
}

export async function writeOutside(
  outside: Outside & { readonly images: (chunked: Chunked) => VectorImage[] },
  work: PartitionWork,
  group: readonly Looked[],
  again: ReadonlySet<string>,
): Promise<void> {
  const { table, vectors, collection } = outside;
  const { partition, guard, signal } = work;
  const changing = group.flatMap((one) =>
    one.kind === 'write' && one.replacement.page !== null ? [one.replacement] : [],
  );
  const before =
    changing.length === 0 ? [] : await vectors.fetch({ partition, documentIds: changing.map(({ id }) => id) }, signal);
  const old = Map.groupBy(before, (image) => image.documentId);
  const news = changing.flatMap(({ id, page }) => {
    const standing = old.get(id) ?? [];
    return page === null ? [] : [{ id, images: newImages(outside.images, partition, id, page, standing) }];
  });
  const swaps = news.map(({ id, images }) => ({
    id,
    newIds: images.map((image) => image.id),
    old: (old.get(id) ?? []).map((image) => ({ id: image.id, revision: image.revision })),
  }));
  if (swaps.length > 0) {
    await guard.commit(async (tx) => {
      await intendSwaps(tx, collection, partition, work.ledger, swaps);
      // Nothing has come of it yet: a store that never takes them would be tried forever.
      return { progress: false };
    });
    const images = news.flatMap((one) => one.images);
    if (images.length > 0) await vectors.put(partition, images, signal);
  }
  const counts = new Map(news.map(({ id, images }) => [id, images.length]));
  const { written } = await guard.commit(async (tx) => {
    const outcomes = await writeOutcomes(tx, work, table, collection, group, again);
    await switchSwaps(tx, collection, outcomes.written);
    const chunks = outcomes.written.reduce((sum, id) => sum + (counts.get(id) ?? 0), 0);
    return { ...outcomes, totals: { ...outcomes.totals, written_chunks: chunks } };
  });
  const switched = new Set(written);
  await finish(
    outside,
    work,
    swaps.map((swap) => ({ ...swap, state: switched.has(swap.id) ? ('switched' as const) : ('written' as const) })),
  );
}

/** Swaps looked at in one step when a predecessor left them. */
const recoveryBatch = 100;

/** Brings to an end what a predecessor left in this partition, in this run or another. */
export async function recoverSwaps(outside: Outside, work: PartitionWork): Promise<void> {
  for (;;) {
    const swaps = await standingSwaps(work.db, outside.collection, work.partition, recoveryBatch);
    if (swaps.length === 0) return;
    await finish(outside, work, swaps);
  }
}

/** Removes the set that the row does not speak of, and only what still is as it was read or written. */
async function finish({ vectors, collection }: Outside, work: PartitionWork, swaps: readonly Swap[]): Promise<void> {
  if (swaps.length === 0) return;
  const { partition, guard, signal } = work;
  const standing = await vectors.fetch({ partition, documentIds: swaps.map(({ id }) => id) }, signal);
  const byDocument = Map.groupBy(standing, (image) => image.documentId);
  const doomed = swaps.flatMap((swap) => superfluous(swap, byDocument.get(swap.id) ?? []));
  await guard.check();
  if (doomed.length > 0) await vectors.remove(partition, doomed, signal);
  const removed = new Set(swaps.filter(({ state }) => state === 'switched').map(({ id }) => id));
  await guard.commit(async (tx) => {
    await dropSwaps(
      tx,
      collection,
      swaps.map(({ id }) => id),
    );
    const totals = { removed_chunks: doomed.filter((image) => removed.has(image.documentId)).length };
    // What never came to anything is taken back: that is no progress either.
    return { totals, progress: removed.size > 0 };
  });
}

function superfluous({ state, newIds, old }: Swap, standing: readonly VectorImage[]): VectorImage[] {
  const fresh = new Set(newIds);
  const earlier = new Map(old.map((one) => [one.id, one.revision]));
  if (state === 'written') return standing.filter((image) => fresh.has(image.id) && !earlier.has(image.id));
  // One that was written since it was read is somebody else's now.
  return standing.filter((image) => !fresh.has(image.id) && earlier.get(image.id) === image.revision);
}
