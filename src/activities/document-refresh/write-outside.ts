import type { VectorImage } from '../../domain/vector-image.ts';
import { dropSwaps, intendSwaps, type Swap, standingSwaps, switchSwaps } from '../../state/ledger/swaps.ts';
import type { RefreshTable } from '../../stores/ports/refresh-table.ts';
import type { VectorStore } from '../../stores/ports/vector-store.ts';
import { finishEach, type GiveBack, giveBackAndForget, type OutsideWork, recordAndAct } from '../sweep/outside-work.ts';
import type { PartitionWork } from '../sweep/sweepable.ts';
import type { Looked } from './look.ts';
import { type Chunked, newImages } from './new-images.ts';
import { writeOutcomes } from './outcomes.ts';

/**
 * Documents whose vectors are in another store. A `Swap` names both sets of vectors. The new ones are written, then the
 * row, if nobody wrote it meanwhile, and then the superfluous set is removed: the old one of a row that was written, else
 * the new one. Until then a search finds the old ones, the new ones or both.
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
  const { table, collection, vectors } = outside;
  const { partition, guard, signal } = work;
  const news = await newVectors(outside, work, group);
  if (news.length === 0) {
    await guard.commit((tx) => writeOutcomes(tx, work, table, collection, group, again));
    return;
  }
  const counts = new Map(news.map(({ swap, images }) => [swap.id, images.length]));
  const replacing: OutsideWork<NewVectors, void> = {
    act: async () => {
      const images = news.flatMap((one) => one.images);
      if (images.length > 0) await vectors.put(partition, images, signal);
    },
    settle: async (tx) => {
      const outcomes = await writeOutcomes(tx, work, table, collection, group, again);
      await switchSwaps(tx, collection, outcomes.written);
      const chunks = outcomes.written.reduce((sum, id) => sum + (counts.get(id) ?? 0), 0);
      const switched = new Set(outcomes.written);
      const swaps = news.map(({ swap }) => {
        return { ...swap, state: switched.has(swap.id) ? ('switched' as const) : ('written' as const) };
      });
      return {
        ...outcomes,
        totals: { ...outcomes.totals, written_chunks: chunks },
        giveBack: removalOfSuperfluous(outside, work, swaps),
      };
    },
  };
  await recordAndAct(guard, replacing, async (tx) => {
    const swaps = news.map(({ swap }) => swap);
    await intendSwaps(tx, collection, partition, work.ledger, swaps);
    // Nothing has come of it yet: a store that never takes them would be tried forever.
    return { intents: news, progress: false };
  });
}

interface NewVectors {
  readonly swap: Omit<Swap, 'state'>;
  readonly images: readonly VectorImage[];
}

/** Vectors of the documents whose content changed, as they will be, with the names of those that exist now. */
async function newVectors(
  { vectors, images: imagesOf }: Outside & { readonly images: (chunked: Chunked) => VectorImage[] },
  { partition, signal }: PartitionWork,
  group: readonly Looked[],
): Promise<NewVectors[]> {
  const changing = group.flatMap((one) =>
    one.kind === 'write' && one.replacement.page !== null ? [one.replacement] : [],
  );
  const before =
    changing.length === 0 ? [] : await vectors.fetch({ partition, documentIds: changing.map(({ id }) => id) }, signal);
  const old = Map.groupBy(before, (image) => image.documentId);
  return changing.flatMap(({ id, page }) => {
    if (page === null) return [];
    const existing = old.get(id) ?? [];
    const images = newImages(imagesOf, partition, id, page, existing);
    const swap = {
      id,
      newIds: images.map((image) => image.id),
      old: existing.map((image) => ({ id: image.id, revision: image.revision })),
    };
    return [{ swap, images }];
  });
}

/** Swaps looked at in one step when a predecessor left them. */
const recoveryBatch = 100;

/** Finishes what a predecessor left in this partition, in this run or another. */
export function recoverSwaps(outside: Outside, work: PartitionWork): Promise<void> {
  return finishEach(
    () => standingSwaps(work.db, outside.collection, work.partition, recoveryBatch),
    (swaps) => giveBackAndForget(work.guard, removalOfSuperfluous(outside, work, swaps)),
  );
}

/** Removes the set that the row does not name, and only vectors that still are as they were read or written. */
function removalOfSuperfluous(
  { vectors, collection }: Outside,
  { partition, signal }: PartitionWork,
  swaps: readonly Swap[],
): GiveBack {
  const ids = swaps.map(({ id }) => id);
  const switched = new Set(swaps.filter(({ state }) => state === 'switched').map(({ id }) => id));
  let removed = 0;
  return {
    write: async () => {
      const byDocument = Map.groupBy(
        await vectors.fetch({ partition, documentIds: ids }, signal),
        (image) => image.documentId,
      );
      const doomed = swaps.flatMap((swap) => superfluous(swap, byDocument.get(swap.id) ?? []));
      if (doomed.length > 0) await vectors.remove(partition, doomed, signal);
      removed = doomed.filter((image) => switched.has(image.documentId)).length;
    },
    forget: async (tx) => {
      await dropSwaps(tx, collection, ids);
      // Where no row was written it is all taken back: that is no progress either.
      return { totals: { removed_chunks: removed }, progress: switched.size > 0 };
    },
  };
}

function superfluous({ state, newIds, old }: Swap, standing: readonly VectorImage[]): VectorImage[] {
  const fresh = new Set(newIds);
  const earlier = new Map(old.map((one) => [one.id, one.revision]));
  if (state === 'written') return standing.filter((image) => fresh.has(image.id) && !earlier.has(image.id));
  // An object that was written since it was read belongs to another writer.
  return standing.filter((image) => !fresh.has(image.id) && earlier.get(image.id) === image.revision);
}
