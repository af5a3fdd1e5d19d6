import type { GraphItem } from '../../domain/graph-item.ts';
import { type GraphHold, liftItemHolds, pageOfItemHolds } from '../../state/graphs/graph-holds.ts';
import { itemKey, wayOf } from '../../stores/ports/graph-items.ts';
import type { GraphStore } from '../../stores/ports/graph-store.ts';
import type { CollectionStores } from '../collection-stores.ts';
import { batch, batchRows } from './batch.ts';
import type { StageWork } from './types.ts';

/** Handles one page of holds; returns the start of the next, `null` after the last. */
type LiftPage = (after: string | null) => Promise<string | null>;

interface Held {
  readonly name: string;
  /** Rejects where the mapping does not fit. */
  open(work: StageWork): Promise<LiftPage>;
}

/**
 * Lifts holds of what does not exist any more. Where the mapping does not fit or the store does not answer, holds are kept:
 * what looks empty may be the wrong place.
 */
export async function* liftVanishedHolds(work: StageWork): AsyncGenerator<string> {
  const { collections, graphs, log } = work.deps;
  const [from = '', ...rest] = work.after?.split(' ') ?? [];
  const held = [...collections.map(rowsOf), ...graphs.map(itemsOf)];
  for (const { name, open } of held.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (name < from) continue;
    const lift = await open(work).catch((error: unknown) => {
      const named = error instanceof Error ? error.name : 'Error';
      log.warn({ collection: name, error: named }, 'holds are left as they are');
      return null;
    });
    if (lift === null) continue;
    let after = name === from && rest.length > 0 ? rest.join(' ') : null;
    do {
      after = await lift(after);
      if (after !== null) yield `${name} ${after}`;
    } while (after !== null);
  }
}

function rowsOf({ store }: CollectionStores): Held {
  return {
    name: store.mapping.name,
    open: async (work) => {
      const table = await store.open(work.deps.db);
      return (after) =>
        batch(work, async (tx) => {
          const page = await table.liftVanished(tx, after, batchRows);
          const rest = page.after === null ? await table.changes.forgetVanished(tx, batchRows) : 0;
          // Bases and holds of rules follow the last page, as many batches as it takes.
          const next = page.after ?? (rest === batchRows ? (after ?? '') : null);
          return { did: { lifted_holds: page.lifted }, result: next };
        });
    },
  };
}

/** Images of a page of items are held at once. */
const itemsAtOnce = 500;

function itemsOf(store: GraphStore): Held {
  const { name } = store.mapping;
  return {
    name,
    open: async (work) => {
      const { problems } = await store.inspect();
      if (problems.length > 0) throw new Error(problems.join('; '));
      return async (after) => {
        // Holds are read before items: an undo puts the item back first.
        const page = await pageOfItemHolds(work.deps.db, name, after, itemsAtOnce);
        const existing = new Set<string>();
        for (const [group, some] of Map.groupBy(page, (hold) => hold.group)) {
          for (const [way, items] of Map.groupBy(some.map(itemOf), ({ kind }) => wayOf(store.items, kind))) {
            for (const image of await way.fetch(group, items)) existing.add(keyIn(group, image));
          }
        }
        const gone = page.filter((hold) => !existing.has(keyIn(hold.group, itemOf(hold))));
        if (gone.length > 0) {
          await batch(work, async (tx) => ({
            did: { lifted_holds: await liftItemHolds(tx, name, gone) },
            result: null,
          }));
        }
        return page.length < itemsAtOnce ? null : (page.at(-1)?.rowId ?? null);
      };
    },
  };
}

/** The validity of a fact exists as long as the fact does. */
function itemOf({ kind, id }: Pick<GraphHold, 'kind' | 'id'>): GraphItem {
  return { kind: kind === 'validity' ? 'relation' : kind, id };
}

function keyIn(group: string, item: GraphItem): string {
  return JSON.stringify([group, itemKey(item)]);
}
