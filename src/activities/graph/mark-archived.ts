import type { Tx } from '../../database/schema.ts';
import { type ArchivedFact, movedTo, unarchived } from '../../domain/facts/archived-fact.ts';
import { StoreError } from '../../domain/store-errors.ts';
import { nextUndoneFacts, recordFactChanges } from '../../state/graphs/fact-changes.ts';
import { recordChanged } from '../../state/graphs/graph-groups.ts';
import type { ItemOfPart } from '../../state/graphs/graph-items.ts';
import type { MarksInDatabase, MarksOutside } from '../../stores/ports/graph-facts.ts';
import { imageDigest, wayOf } from '../../stores/ports/graph-items.ts';
import type { GraphStore } from '../../stores/ports/graph-store.ts';
import type { RestoreWork, Step, TogetherWork } from '../sweep/sweepable.ts';
import { changeOutside, type FactChanging, finishChanges, settleUndone, undoChangesOutside } from './fact-changes.ts';

const changing: FactChanging<ArchivedFact> = {
  kind: 'archived',
  ...{ done: 'archived_facts', undone: 'restored_edges' },
  reversed: unarchived,
  // As a fact that was removed and put back: the hold is the same whichever way the facts are archived.
  hold: ({ id, dates }) => ({ kind: 'relation', id, dates }),
};

/** Marks one batch of facts, or moves them. `surveyed`: digests of what the survey saw, by id. */
export async function markBatch(
  store: GraphStore,
  archive: MarksInDatabase | MarksOutside,
  work: TogetherWork,
  batch: readonly ItemOfPart[],
  surveyed: ReadonlyMap<string, string>,
): Promise<void> {
  if (archive.at === 'database') return markInDatabase(store.mapping.name, archive, work, batch, surveyed);
  for (const one of work.partitions) {
    const own = batch.filter(({ partNo }) => partNo === one.no);
    const [last] = own.slice(-1);
    if (last === undefined) continue;
    const items = own.map(({ kind, id }) => ({ kind, id }));
    const images = await wayOf(store.items, 'relation').fetch(one.partition, items, work.signal);
    const unchanged = images.filter((image) => surveyed.get(image.id) === imageDigest(image));
    const changes = unchanged.flatMap((image) => archive.changeOf(image, work.terms.cutoff) ?? []);
    const next = { changes, skipped: own.length - changes.length, after: last.place };
    await changeOutside(changing, archive.write, store, work, one, next);
  }
}

/** One transaction for all groups of the batch. */
async function markInDatabase(
  graph: string,
  archive: MarksInDatabase,
  work: TogetherWork,
  batch: readonly ItemOfPart[],
  surveyed: ReadonlyMap<string, string>,
): Promise<void> {
  await work.guard.commit(async (tx) => {
    const steps = new Map<number, Step>();
    for (const { no, partition: group } of work.partitions) {
      const own = batch.filter(({ partNo }) => partNo === no);
      const [last] = own.slice(-1);
      if (last === undefined) continue;
      const digests = new Map(own.map(({ id }) => [id, surveyed.get(id) ?? '']));
      const marked = await archive.mark(tx, group, work.terms.cutoff, digests);
      if (work.keep) await recordFactChanges(tx, { runNo: work.runNo, partNo: no }, graph, changing.kind, marked, null);
      if (marked.length > 0) await recordMoved(tx, archive, graph, group);
      const skipped = own.length - marked.length;
      const totals = { archived_facts: marked.length, ...(skipped === 0 ? {} : { no_longer_due: skipped }) };
      steps.set(no, { after: last.place, removed: marked.length, totals });
    }
    return steps;
  });
}

/** A fact that left the graph, or came back, makes its results stale; a mark does not. */
async function recordMoved(tx: Tx, { table }: MarksInDatabase, graph: string, group: string): Promise<void> {
  if (table !== null) await recordChanged(tx, graph, [{ group, orphans: 0 }]);
}

/** Finishes marks that a predecessor recorded, in this run or in one that has ended. */
export async function finishMarks({ facts }: GraphStore, work: TogetherWork): Promise<void> {
  const archive = facts?.archive ?? null;
  if (archive?.at === 'outside') await finishChanges(changing, archive.write, work);
}

/** Undo: takes marks off where they are as the run wrote them. The facts are on hold afterwards. */
export async function takeMarksOff(store: GraphStore, work: RestoreWork, size: number): Promise<number> {
  const archive = store.facts?.archive ?? null;
  const facts = await nextUndoneFacts<ArchivedFact>(work.db, work.ledger, work.undo.runNo, changing.kind, size);
  if (facts.length === 0) return 0;
  const [table = null] = facts.map(movedTo);
  if (archive === null || table !== (archive.at === 'database' ? archive.table : null)) {
    const relations = `graphs.${store.mapping.name}.relations`;
    const message =
      table === null
        ? `the run archived facts by a property that is not mapped any more: set ${relations}.archived_at as it was, and undo again`
        : `the run moved facts to ${table}, which is not mapped any more: set ${relations}.archive_table to it, and undo again`;
    throw new StoreError('StoreRefusedError', message);
  }
  if (archive.at === 'outside') return undoChangesOutside(changing, archive.write, store, work, size);
  await work.guard.commit(async (tx) => {
    const written = await archive.unmark(tx, work.partition, facts);
    await recordMoved(tx, archive, store.mapping.name, work.partition);
    return settleUndone(tx, changing, store, work, facts, written);
  });
  return facts.length;
}
