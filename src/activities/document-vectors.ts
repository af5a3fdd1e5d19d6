import { addTotals, type Totals } from '../domain/run.ts';
import type { VectorImage } from '../domain/vector-image.ts';
import { dropVectors, recordedVectors, recordVectors } from '../state/ledger/vector-ledger.ts';
import type { Recall } from '../stores/ports/batch.ts';
import type { RowTable } from '../stores/ports/row-store.ts';
import type { VectorStore } from '../stores/ports/vector-store.ts';
import { childTotals, differenceTotals, keptFinding, keptTotals, restoreFindings } from './document-findings.ts';
import type { Remover } from './remover.ts';
import { actAndSettle, finishEach, type GiveBack, type OutsideWork, recordAndAct } from './sweep/outside-work.ts';
import type { PartitionWork, RestoreWork } from './sweep/sweepable.ts';

/** Rows in the database and their vectors in another store. */
export interface DividedRows {
  readonly table: RowTable;
  readonly vectors: VectorStore;
  /** Of a job that measures its merges. */
  readonly measure?: Measure;
}

/** Reads what tells whether a search would find less without these rows. No row is locked meanwhile. */
export type Measure = (work: PartitionWork, ids: readonly string[]) => Promise<Recall>;

/** A row that is about to be deleted, with its vectors as they were read. */
interface Intent {
  readonly id: string;
  readonly images: readonly VectorImage[];
}

/** Intents finished per step when a predecessor left them. */
const recoveryBatch = 500;

/**
 * Removes one batch. An intent is written for rows that are locked and judged again. Their vectors are deleted as they were
 * read, and the rows if they are unchanged since; otherwise the vectors are put back and the row stays.
 */
export async function removeOutside(
  { table, vectors, measure }: DividedRows,
  work: PartitionWork,
  by: Remover,
  size: number,
): Promise<number> {
  const { partition, ledger, guard } = work;
  const next = { ...ledger, partition, rule: by.rule, after: guard.after, size, keep: true };
  const { ids, after } = await table.nextItems(work.db, next);
  if (after === null) return 0;
  const images = await vectors.fetch({ partition, documentIds: ids }, work.signal);
  const batch = measure === undefined ? next : { ...next, recall: await measure(work, ids) };
  await recordAndAct(guard, removal({ table, vectors }, work, by, ids.length), async (tx) => {
    const { ids: intended, kept, reverted = { clusters: 0, rows: 0 } } = await table.intend(tx, batch, ids);
    const intents = intentsOf(intended, images);
    const recorded = intents.flatMap((intent) => intent.images);
    await recordVectors(tx, ledger, table.mapping.name, recorded);
    // The checkpoint moves here: from now on these ids are known by their intents.
    const staying = kept.reduce((sum, one) => sum + one.documents, 0);
    const totals = addTotals(
      {
        no_longer_due: ids.length - intended.length - staying - reverted.rows,
        ...(by.counts.reverted === undefined ? {} : { [by.counts.reverted]: reverted.clusters }),
      },
      keptTotals(kept),
    );
    const seen = intended.length === 0 ? { seen: ids.length } : {};
    return { intents, after, totals, findings: kept.map(keptFinding), ...seen };
  });
  return ids.length;
}

/** Finishes every intent that exists for this run and partition. */
export function recoverOutside({ table, vectors }: DividedRows, work: PartitionWork, by: Remover) {
  const { db, ledger, guard } = work;
  return finishEach(
    async () => {
      const ids = await table.pendingIntents(db, ledger, recoveryBatch);
      return intentsOf(ids, await recordedVectors(db, ledger, ids));
    },
    (intents) => actAndSettle(guard, removal({ table, vectors }, work, by), intents),
  );
}

function intentsOf(ids: readonly string[], images: readonly VectorImage[]): Intent[] {
  const byDocument = Map.groupBy(images, (image) => image.documentId);
  return ids.map((id) => ({ id, images: byDocument.get(id) ?? [] }));
}

/** Outcome: ids of rows whose vectors were written by somebody else meanwhile. `seen`: as in a `Step`, of a whole batch. */
function removal(
  { table, vectors }: DividedRows,
  work: PartitionWork,
  { rule, counts }: Remover,
  seen?: number,
): OutsideWork<Intent, ReadonlySet<string>> {
  const { partition, ledger, signal, keep } = work;
  return {
    act: async (intents) => {
      const images = intents.flatMap((intent) => intent.images);
      const rewritten = images.length === 0 ? [] : (await vectors.remove(partition, images, signal)).changed;
      // Chunks that appeared since the images were read belong to somebody who still writes this document: it stays.
      const left = await vectors.fetch({ partition, documentIds: intents.map(({ id }) => id) }, signal);
      const documentOf = new Map(images.map((image) => [image.id, image.documentId]));
      return new Set([...left.map((one) => one.documentId), ...rewritten.map((id) => documentOf.get(id) ?? '')]);
    },
    settle: async (tx, intents, disturbed) => {
      const undisturbed = intents.filter(({ id }) => !disturbed.has(id)).map(({ id }) => id);
      const settled = await table.settle(tx, ledger, undisturbed, keep, rule);
      const deleted = new Set([...settled.removed, ...settled.vanished]);
      await dropVectors(tx, ledger, keep ? settled.vanished : [...deleted]);
      const staying = intents.filter(({ id }) => !deleted.has(id));
      const counted = settled.kept.reduce((sum, one) => sum + one.documents, 0);
      const totals: Totals = {
        [counts.deleted]: settled.removed.length,
        deleted_vectors: intents.reduce((sum, { id, images }) => sum + (deleted.has(id) ? images.length : 0), 0),
      };
      return {
        // The vectors of rows that stay are put back under this very fence: the partition is not finished yet.
        ...(seen === undefined || staying.length > 0 ? {} : { seen }),
        findings: settled.kept.map(keptFinding),
        removed: settled.removed.length,
        totals: addTotals(
          totals,
          addTotals(keptTotals(settled.kept), childTotals('deleted_children', settled.children)),
        ),
        giveBack: staying.length === 0 ? null : putBack({ table, vectors }, work, staying, counted),
      };
    },
  };
}

/** The rows stay, so their vectors exist again before their intents are deleted. `counted`: rows that are counted already. */
function putBack(
  { table, vectors }: DividedRows,
  work: PartitionWork,
  staying: readonly Intent[],
  counted: number,
): GiveBack {
  const ids = staying.map(({ id }) => id);
  const images = staying.flatMap((intent) => intent.images);
  return {
    write: async () => {
      if (images.length > 0) await vectors.restore(work.partition, images, work.signal);
    },
    forget: async (tx) => {
      await table.dropIntents(tx, work.ledger, ids);
      await dropVectors(tx, work.ledger, ids);
      return { totals: { no_longer_due: ids.length - counted } };
    },
  };
}

/**
 * Undo of one batch: vectors exist again and can be read before the row does. Where a row turned up meanwhile it wins, and
 * the vectors that this step wrote are deleted again.
 */
export async function restoreOutside(rows: DividedRows, work: RestoreWork, by: Remover, size: number): Promise<number> {
  const { ledger, guard, undo } = work;
  const ids = (await rows.table.nextRestores(work.db, ledger, undo.runNo, size, true)).map((row) => row.id);
  if (ids.length === 0) return 0;
  await recordAndAct(guard, restoration(rows, work, by), async (tx) => {
    const intents = await rows.table.restorable(tx, ledger, undo.runNo, ids);
    const refused = ids.filter((id) => !intents.includes(id));
    // Of what is put back nothing exists yet: a store that never takes it would be tried forever.
    return { intents, refused, totals: { refused: refused.length }, progress: refused.length > 0 };
  });
  return ids.length;
}

interface Written {
  readonly images: readonly VectorImage[];
  /** Ids of vectors that did not exist before. */
  readonly inserted: ReadonlySet<string>;
  /** Ids of rows that have other vectors by now. */
  readonly superseded: ReadonlySet<string>;
}

function restoration(
  { table, vectors }: DividedRows,
  work: RestoreWork,
  { rule, counts }: Remover,
): OutsideWork<string, Written> {
  const { partition, ledger, undo } = work;
  return {
    act: async (free) => {
      const images = await recordedVectors(work.db, ledger, free);
      if (images.length === 0) return { images, inserted: new Set(), superseded: new Set() };
      const { inserted, superseded } = await vectors.restore(partition, images, work.signal);
      return { images, inserted: new Set(inserted), superseded: documentsOf(images, superseded) };
    },
    settle: async (tx, free, { images, inserted, superseded }) => {
      const back = await table.restore(tx, {
        ...{ ...ledger, partition, rule, undoRunNo: undo.runNo, undoRunId: undo.runId },
        ids: free.filter((id) => !superseded.has(id)),
        withReferenced: false,
      });
      await table.refuse(tx, ledger, undo.runNo, [...superseded]);
      await dropVectors(tx, ledger, back.restored);
      const restored = new Set(back.restored);
      const failed = new Set(back.refused);
      const refused = free.filter((id) => !restored.has(id));
      const vectorCount = images.filter((image) => restored.has(image.documentId)).length;
      const ours = images.filter((image) => inserted.has(image.id) && !restored.has(image.documentId));
      return {
        removed: -restored.size,
        refused: refused.filter((id) => !failed.has(id)),
        findings: restoreFindings(back),
        totals: addTotals(
          { [counts.restored]: restored.size, restored_vectors: vectorCount, refused: refused.length },
          addTotals(differenceTotals(back), childTotals('restored_children', back.children)),
        ),
        giveBack: ours.length === 0 ? null : { write: () => takeAway(vectors, work, ours) },
      };
    },
  };
}

function documentsOf(images: readonly VectorImage[], ids: readonly string[]): Set<string> {
  const wanted = new Set(ids);
  return new Set(images.filter((image) => wanted.has(image.id)).map((image) => image.documentId));
}

/** Deletes the vectors that this very step wrote for rows that turned up meanwhile, read anew for their current revision. */
async function takeAway(vectors: VectorStore, work: RestoreWork, ours: readonly VectorImage[]): Promise<void> {
  const documentIds = [...new Set(ours.map((image) => image.documentId))];
  const ids = new Set(ours.map((image) => image.id));
  const found = await vectors.fetch({ partition: work.partition, documentIds }, work.signal);
  const wanted = found.filter((image) => ids.has(image.id));
  if (wanted.length > 0) await vectors.remove(work.partition, wanted, work.signal);
}
