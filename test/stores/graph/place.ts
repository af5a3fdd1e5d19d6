import type { CollectRule } from '../../../src/domain/collectors.ts';
import type {
  GraphFence,
  GraphImage,
  GraphItem,
  GraphLine,
  GraphStore,
} from '../../../src/stores/ports/graph-store.ts';

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
  const { items: way } = store;
  if (way.at === 'database') return transaction((tx) => way.remove(tx, group, rule, items));
  const images = await way.fetch(group, items);
  const { stay } = await way.remove(await fence(group), rule, images);
  const staying = new Set(stay);
  return images.filter(({ kind, id }) => !staying.has(`${kind}:${id}`));
}

export async function restore(
  { store, fence }: GraphPlace,
  transaction: Transaction,
  group: string,
  images: readonly GraphImage[],
): Promise<string[]> {
  const { items: way } = store;
  if (way.at === 'database') return (await transaction((tx) => way.restore(tx, group, images))).refused;
  return (await way.restore(await fence(group), images)).refused;
}

type DatabaseWay = Extract<GraphStore['items'], { at: 'database' }>;
type Tx = Parameters<DatabaseWay['remove']>[0];
export type Transaction = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
