import { addTotals } from '../domain/run.ts';
import type { VectorImage } from '../domain/vector-image.ts';
import { dropVectors, recordedVectors, recordVectors } from '../state/ledger/vector-ledger.ts';
import type { DocumentTable } from '../stores/ports/document-store.ts';
import type { VectorStore } from '../stores/ports/vector-store.ts';
import { childTotals, differenceTotals, keptFinding, keptTotals, restoreFindings } from './document-findings.ts';
import type { RemovalCounts, Remover } from './remover.ts';
import type { PartitionWork, RestoreWork } from './sweep/sweepable.ts';

/**
 * Documents whose vectors stand in another store, which no transaction of the database covers.
 *
 *   read vectors → T1: rows locked, judged again, written as intents with the vectors' whole images
 *                → fence checked → vectors deleted as they were read → read back
 *                → T2: rows deleted if unchanged since T1; else the vectors are put back and the row stays
 *
 * A crash anywhere leaves intents that the next activity on the partition finishes first, and that name all it needs.
 */

/** Intents finished per step when a predecessor left them. */
const recoveryBatch = 500;

export async function removeOutside(
  table: DocumentTable,
  vectors: VectorStore,
  work: PartitionWork,
  { rule, counts }: Remover,
  size: number,
): Promise<number> {
  const batch = {
    ...{ ...work.ledger, partition: work.partition, rule, after: work.guard.after, size },
    keep: true,
  };
  const { ids, after } = await table.nextItems(work.db, batch);
  if (after === null) return 0;
  const images = await vectors.fetch({ partition: work.partition, documentIds: ids }, work.signal);
  const { intended } = await work.guard.commit(async (tx) => {
    const { ids: intended, kept } = await table.intend(tx, batch, ids);
    const due = new Set(intended);
    await recordVectors(
      tx,
      work.ledger,
      table.mapping.name,
      images.filter((image) => due.has(image.documentId)),
    );
    // The checkpoint moves here: from now on these ids are known by their intents.
    const staying = kept.reduce((sum, one) => sum + one.documents, 0);
    const totals = addTotals({ no_longer_due: ids.length - intended.length - staying }, keptTotals(kept));
    return {
      intended,
      after,
      totals,
      findings: kept.map(keptFinding),
      ...(intended.length === 0 ? { seen: ids.length } : {}),
    };
  });
  const due = new Set(intended);
  await carryOut(
    table,
    vectors,
    work,
    intended,
    images.filter((image) => due.has(image.documentId)),
    counts,
    ids.length,
  );
  return ids.length;
}

/** Finishes every intent that stands for this run and partition. */
export async function recoverOutside(
  table: DocumentTable,
  vectors: VectorStore,
  work: PartitionWork,
  counts: RemovalCounts,
): Promise<void> {
  for (;;) {
    const ids = await table.pendingIntents(work.db, work.ledger, recoveryBatch);
    if (ids.length === 0) return;
    await carryOut(table, vectors, work, ids, await recordedVectors(work.db, work.ledger, ids), counts);
  }
}

/** From T1 to the end. Idempotent: what is gone already is fine, and what stands again is compared before it goes. */
async function carryOut(
  table: DocumentTable,
  vectors: VectorStore,
  work: PartitionWork,
  ids: readonly string[],
  images: readonly VectorImage[],
  counts: RemovalCounts,
  seen?: number,
): Promise<void> {
  if (ids.length === 0) return;
  const { partition, ledger, guard, signal, keep } = work;
  await guard.check();
  const rewritten = images.length === 0 ? [] : (await vectors.remove(partition, images, signal)).changed;
  // Chunks that appeared since the images were read belong to somebody who still writes this document: it stays.
  const left = await vectors.fetch({ partition, documentIds: ids }, signal);
  const documentOf = new Map(images.map((image) => [image.id, image.documentId]));
  const disturbed = new Set([...left.map((one) => one.documentId), ...rewritten.map((id) => documentOf.get(id) ?? '')]);
  const undisturbed = ids.filter((id) => !disturbed.has(id));
  const { changed, kept } = await guard.commit(async (tx) => {
    const settled = await table.settle(tx, ledger, undisturbed, keep);
    const gone = new Set([...settled.removed, ...settled.vanished]);
    await dropVectors(tx, ledger, keep ? settled.vanished : [...gone]);
    const staying = settled.changed.length + disturbed.size > 0;
    return {
      // What stays has its vectors put back under this very fence: the partition is not finished yet.
      ...(seen === undefined || staying ? {} : { seen }),
      changed: settled.changed,
      kept: settled.kept,
      findings: settled.kept.map(keptFinding),
      removed: settled.removed.length,
      totals: addTotals(
        {
          [counts.deleted]: settled.removed.length,
          deleted_vectors: images.filter((image) => gone.has(image.documentId)).length,
        },
        addTotals(keptTotals(settled.kept), childTotals('deleted_children', settled.children)),
      ),
    };
  });
  const counted = kept.reduce((sum, one) => sum + one.documents, 0);
  await putBack(table, vectors, work, [...changed, ...disturbed], images, counted);
}

/** The row stays, so its vectors exist again before its intent is deleted. `counted`: rows that are counted already. */
async function putBack(
  table: DocumentTable,
  vectors: VectorStore,
  work: PartitionWork,
  ids: readonly string[],
  images: readonly VectorImage[],
  counted: number,
): Promise<void> {
  if (ids.length === 0) return;
  const staying = new Set(ids);
  const theirs = images.filter((image) => staying.has(image.documentId));
  await work.guard.check();
  if (theirs.length > 0) await vectors.restore(work.partition, theirs, work.signal);
  await work.guard.commit(async (tx) => {
    await table.dropIntents(tx, work.ledger, ids);
    await dropVectors(tx, work.ledger, ids);
    return { totals: { no_longer_due: ids.length - counted } };
  });
}

/** Undo: vectors are back and readable before the row is. What turned up meanwhile wins, and ours are taken away again. */
export async function restoreOutside(
  table: DocumentTable,
  vectors: VectorStore,
  work: RestoreWork,
  { rule, counts }: Remover,
  size: number,
): Promise<number> {
  const { partition, ledger, guard, undo, signal } = work;
  const ids = (await table.nextRestores(work.db, ledger, undo.runNo, size, true)).map((row) => row.id);
  if (ids.length === 0) return 0;
  const { free } = await guard.commit(async (tx) => {
    const free = await table.restorable(tx, ledger, undo.runNo, ids);
    const refused = ids.filter((id) => !free.includes(id));
    // Of what is put back nothing stands yet: a store that never takes it would be tried forever.
    return { free, refused, totals: { refused: refused.length }, progress: refused.length > 0 };
  });
  const images = await recordedVectors(work.db, ledger, free);
  await guard.check();
  const written = images.length === 0 ? null : await vectors.restore(partition, images, signal);
  const superseded = documentsOf(images, written?.superseded ?? []);
  const { restored } = await guard.commit(async (tx) => {
    const wanted = free.filter((id) => !superseded.has(id));
    const back = await table.restore(tx, {
      ...ledger,
      partition,
      undoRunNo: undo.runNo,
      undoRunId: undo.runId,
      ids: wanted,
      rule,
      withReferenced: false,
    });
    await table.refuse(tx, ledger, undo.runNo, [...superseded]);
    await dropVectors(tx, ledger, back.restored);
    const restored = new Set(back.restored);
    const failed = new Set(back.refused);
    const refused = free.filter((id) => !restored.has(id));
    const vectorCount = images.filter((image) => restored.has(image.documentId)).length;
    return {
      restored,
      removed: -restored.size,
      refused: refused.filter((id) => !failed.has(id)),
      findings: restoreFindings(back),
      totals: addTotals(
        { [counts.restored]: restored.size, restored_vectors: vectorCount, refused: refused.length },
        addTotals(differenceTotals(back), childTotals('restored_children', back.children)),
      ),
    };
  });
  const inserted = new Set(written?.inserted ?? []);
  const ours = images.filter((image) => inserted.has(image.id) && !restored.has(image.documentId));
  await takeAway(vectors, work, ours);
  return ids.length;
}

function documentsOf(images: readonly VectorImage[], ids: readonly string[]): Set<string> {
  const wanted = new Set(ids);
  return new Set(images.filter((image) => wanted.has(image.id)).map((image) => image.documentId));
}

/** Removes what this very step put there for rows that turned up meanwhile, read anew for its current revision. */
async function takeAway(vectors: VectorStore, work: RestoreWork, ours: readonly VectorImage[]): Promise<void> {
  if (ours.length === 0) return;
  const documentIds = [...new Set(ours.map((image) => image.documentId))];
  const ids = new Set(ours.map((image) => image.id));
  const standing = await vectors.fetch({ partition: work.partition, documentIds }, work.signal);
  const wanted = standing.filter((image) => ids.has(image.id));
  if (wanted.length > 0) await vectors.remove(work.partition, wanted, work.signal);
}
