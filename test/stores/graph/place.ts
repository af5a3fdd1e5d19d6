import type { CollectRule } from '../../../src/domain/collectors.ts';
import type { GraphImage, GraphItem } from '../../../src/domain/graph-item.ts';
import type { GraphFence } from '../../../src/stores/ports/graph-fence.ts';
import { type ItemsInDatabase, itemKey, wayOf } from '../../../src/stores/ports/graph-items.ts';
import type { GraphLine } from '../../../src/stores/ports/graph-loading.ts';
import type { GraphStore } from '../../../src/stores/ports/graph-store.ts';

/** An adapter under test, with what the contract needs besides the port. */
export interface GraphPlace {
  readonly store: GraphStore;
  /** Whether edges may stand whose ends are gone. */
  readonly dangling: boolean;
  load(lines: readonly GraphLine[]): Promise<void>;
  /** A fence that stands for the group, of a higher epoch with every call. */
  fence(group: string): Promise<GraphFence>;
  /** All that stands in the group, in a form that compares byte for byte. */
  checksum(group: string): Promise<string>;
  /** Gives an entity an integer of the application's own, and returns it as the store has it. */
  setRank(group: string, entity: string, rank: string): Promise<void>;
  rankOf(group: string, entity: string): Promise<string>;
  /** Empties the whole store between tests. */
  clear(): Promise<void>;
}

export async function remove(
  { store, fence }: GraphPlace,
  transaction: Transaction,
  group: string,
  rule: CollectRule,
  items: readonly GraphItem[],
): Promise<GraphImage[]> {
  const removed: GraphImage[] = [];
  for (const [way, some] of Map.groupBy(items, ({ kind }) => wayOf(store.items, kind))) {
    if (way.at === 'database') {
      removed.push(
        ...(await transaction((tx) =>
          way.remove(
            tx,
            rule,
            some.map(({ kind, id }) => ({ group, kind, id })),
          ),
        )),
      );
      continue;
    }
    const images = await way.fetch(group, some);
    const { stay } = await way.remove(await fence(group), rule, images);
    const staying = new Set(stay);
    removed.push(...images.filter((image) => !staying.has(itemKey(image))));
  }
  return removed;
}

export async function restore(
  { store, fence }: GraphPlace,
  transaction: Transaction,
  group: string,
  images: readonly GraphImage[],
): Promise<string[]> {
  const refused: string[] = [];
  for (const [way, some] of Map.groupBy(images, ({ kind }) => wayOf(store.items, kind))) {
    const outcome =
      way.at === 'database'
        ? await transaction((tx) => way.restore(tx, group, some))
        : await way.restore(await fence(group), some);
    refused.push(...outcome.refused);
  }
  return refused;
}

type Tx = Parameters<ItemsInDatabase['remove']>[0];
export type Transaction = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
