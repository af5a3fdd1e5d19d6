import type { GraphItemKind } from '../../domain/collectors.ts';
import { recordChanged } from '../../state/graphs/graph-groups.ts';
import { type ItemOfPart, nextGraphItems } from '../../state/graphs/graph-items.ts';
import { recordItems } from '../../state/graphs/graph-ledger.ts';
import { byKind, type GroupImage, type ItemsInDatabase, wayOf } from '../../stores/ports/graph-items.ts';
import type { GraphStore } from '../../stores/ports/graph-store.ts';
import type { Step, TogetherWork } from '../sweep/sweepable.ts';
import { collectOutside } from './collect-outside.ts';
import { ruleFor, ruleOf } from './rule.ts';
import { type Collecting, entitiesOf, removedStep } from './totals.ts';

/**
 * One batch of items, in the order of the collectors. In Coppice's own database it is one transaction, whatever kinds and
 * groups are in it. In another store a batch is of one kind, since an entity may be deleted only once its edges are.
 * Returns whether any items are left.
 */
export async function collectBatch(
  store: GraphStore,
  order: readonly GraphItemKind[],
  work: TogetherWork,
  size: number | null,
): Promise<boolean> {
  const at = { runNo: work.runNo, graph: store.mapping.name, order };
  const page = await nextGraphItems(work.db, at, work.partitions, size);
  const [first] = page;
  if (first === undefined) return false;
  const way = wayOf(store.items, first.kind);
  const batch = page.filter(({ kind }) =>
    way.at === 'database' ? wayOf(store.items, kind) === way : kind === first.kind,
  );
  await collectItems(store, work, batch, { rule: ruleOf(work.terms) });
  return page.length === size || batch.length < page.length;
}

/** Removes these items, all of which are removed in one way. */
export async function collectItems(
  store: GraphStore,
  work: TogetherWork,
  batch: readonly ItemOfPart[],
  collecting: Collecting,
): Promise<void> {
  const [first] = batch;
  if (first === undefined) return;
  const way = wayOf(store.items, first.kind);
  if (way.at === 'database') await collectInDatabase(store.mapping.name, way, work, batch, collecting);
  else await collectOutside(store.mapping.name, way, work, batch, collecting);
}

async function collectInDatabase(
  graph: string,
  items: ItemsInDatabase,
  work: TogetherWork,
  batch: readonly ItemOfPart[],
  { rule, counted }: Collecting,
): Promise<void> {
  const names = new Map(work.partitions.map(({ no, partition }) => [no, partition]));
  const named = batch.map((item) => ({ ...item, group: names.get(item.partNo) ?? '' }));
  await work.guard.commit(async (tx) => {
    const removed: GroupImage[] = [];
    for (const [kind, some] of byKind(named)) removed.push(...(await items.remove(tx, ruleFor(rule, kind), some)));
    const removedOf = Map.groupBy(removed, ({ group }) => group);
    if (work.keep) {
      const images = work.partitions.flatMap(({ no, partition }) =>
        (removedOf.get(partition) ?? []).map((image) => ({ ...image, partNo: no })),
      );
      await recordItems(tx, { runNo: work.runNo, graph }, images, null);
    }
    const changed = [...removedOf].map(([group, some]) => ({ group, orphans: entitiesOf(some) }));
    await recordChanged(tx, graph, changed);
    return new Map(
      [...Map.groupBy(named, ({ partNo }) => partNo)].map(([no, items]): [number, Step] => {
        const some = removedOf.get(names.get(no) ?? '') ?? [];
        return [no, { after: items.at(-1)?.place ?? null, ...removedStep(some, items.length - some.length, counted) }];
      }),
    );
  });
}
