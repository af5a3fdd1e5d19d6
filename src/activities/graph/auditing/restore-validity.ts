import { datesOf, type RestoredValidity, reversed } from '../../../domain/facts/restored-validity.ts';
import { nextGraphItems } from '../../../state/graphs/graph-items.ts';
import type { GraphStore } from '../../../stores/ports/graph-store.ts';
import type { RestoreWork, TogetherWork } from '../../sweep/sweepable.ts';
import { changeOutside, type FactChanging, finishChanges, undoChangesOutside } from '../fact-changes.ts';
import { validityDigest } from './find-suspects.ts';
import { validityOf } from './validity-of.ts';

export const auditOrder = ['validity'] as const;

const changing: FactChanging<RestoredValidity> = {
  kind: 'validity',
  ...{ done: 'restored_facts', undone: 'retired_facts' },
  reversed,
  hold: (change) => ({ kind: 'validity', id: change.id, dates: datesOf(change) }),
};

/** One batch of facts. Those whose text or dates have changed since the survey stay as they are. */
export async function restoreValidity(store: GraphStore, work: TogetherWork, size: number | null): Promise<boolean> {
  const graph = store.mapping.name;
  const validity = validityOf(store);
  const page = await nextGraphItems(work.db, { runNo: work.runNo, graph, order: auditOrder }, work.partitions, size);
  for (const one of work.partitions) {
    const own = page.filter(({ partNo }) => partNo === one.no);
    const [last] = own.slice(-1);
    if (last === undefined) continue;
    const surveyed = new Map(own.map(({ id }) => surveyedFact(id)));
    const read = await validity.fetch(one.partition, [...surveyed.keys()], work.signal);
    const changes = read.filter((change) => surveyed.get(change.id) === validityDigest(change));
    const batch = { changes, skipped: own.length - changes.length, after: last.place };
    await changeOutside(changing, validity.write, store, work, one, batch);
  }
  return page.length === size;
}

function surveyedFact(id: string): [string, string] {
  const [fact, digest]: unknown[] = JSON.parse(id);
  return [String(fact), String(digest)];
}

/** Finishes changes that a predecessor recorded, in this run or in one that has ended. */
export async function finishValidity(store: GraphStore, work: TogetherWork): Promise<void> {
  if (store.validity !== null) await finishChanges(changing, store.validity.write, work);
}

/** Undo: gives facts their dates back where text and dates are as the run left them. They are on hold afterwards. */
export function retireAgain(store: GraphStore, work: RestoreWork, size: number): Promise<number> {
  return undoChangesOutside(changing, validityOf(store).write, store, work, size);
}
