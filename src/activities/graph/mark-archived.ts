import { type ArchivedFact, unarchived } from '../../domain/facts/archived-fact.ts';
import { StoreError } from '../../domain/store-errors.ts';
import { nextUndoneFacts, recordFactChanges } from '../../state/graphs/fact-changes.ts';
import type { ItemOfPart } from '../../state/graphs/graph-items.ts';
import type { MarksInDatabase, MarksOutside } from '../../stores/ports/graph-facts.ts';
import { imageDigest, wayOf } from '../../stores/ports/graph-items.ts';
import type { GraphStore } from '../../stores/ports/graph-store.ts';
import type { RestoreWork, Step, TogetherPartition, TogetherWork } from '../sweep/sweepable.ts';
import { guardOfOne } from './as-together.ts';
import { changeOutside, type FactChanging, finishChanges, settleUndone, undoChangesOutside } from './fact-changes.ts';

const changing: FactChanging<ArchivedFact> = {
  kind: 'archived',
  ...{ done: 'archived_facts', undone: 'restored_edges' },
  reversed: unarchived,
  // As a fact that was removed and put back: the hold is the same whichever way the facts are archived.
  hold: ({ id, dates }) => ({ kind: 'relation', id, dates }),
};

/** Marks one batch of facts. `surveyed`: digests of what the survey saw, by id. */
export async function markBatch(
  store: GraphStore,
  archive: MarksInDatabase | MarksOutside,
  work: TogetherWork,
  batch: readonly ItemOfPart[],
  surveyed: ReadonlyMap<string, string>,
): Promise<void> {
  for (const one of work.partitions) {
    const own = batch.filter(({ partNo }) => partNo === one.no);
    const [last] = own.slice(-1);
    if (last === undefined) continue;
    const digests = new Map(own.map(({ id }) => [id, surveyed.get(id) ?? '']));
    if (archive.at === 'database') {
      await guardOfOne(work, one.no).commit((tx) => markInDatabase(tx, last.place, digests, one));
      continue;
    }
    const items = own.map(({ kind, id }) => ({ kind, id }));
    const images = await wayOf(store.items, 'relation').fetch(one.partition, items, work.signal);
    const unchanged = images.filter((image) => digests.get(image.id) === imageDigest(image));
    const changes = unchanged.flatMap((image) => archive.changeOf(image, work.terms.cutoff) ?? []);
    const next = { changes, skipped: own.length - changes.length, after: last.place };
    await changeOutside(changing, archive.write, store, work, one, next);
  }

  async function markInDatabase(
    tx: Parameters<MarksInDatabase['mark']>[0],
    after: string,
    digests: ReadonlyMap<string, string>,
    { no, partition: group }: TogetherPartition,
  ): Promise<Step> {
    if (archive.at !== 'database') throw new Error('facts in another store are marked by intents');
    const marked = await archive.mark(tx, group, work.terms.cutoff, digests);
    const at = { runNo: work.runNo, partNo: no };
    if (work.keep) await recordFactChanges(tx, at, store.mapping.name, changing.kind, marked, null);
    const skipped = digests.size - marked.length;
    const totals = { archived_facts: marked.length, ...(skipped === 0 ? {} : { no_longer_due: skipped }) };
    return { after, removed: marked.length, totals };
  }
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
  if (archive === null) {
    const setting = `graphs.${store.mapping.name}.relations.archived_at`;
    const message = `the run archived facts by a property that is not mapped any more: set ${setting} as it was, and undo again`;
    throw new StoreError('StoreRefusedError', message);
  }
  if (archive.at === 'outside') return undoChangesOutside(changing, archive.write, store, work, size);
  await work.guard.commit(async (tx) => {
    const written = await archive.unmark(tx, work.partition, facts);
    return settleUndone(tx, changing, store, work, facts, written);
  });
  return facts.length;
}
