import type { Db } from '../../database/schema.ts';
import { visiblePartitions } from '../../domain/access.ts';
import { readGroups } from '../../state/graphs/graph-groups.ts';
import { partitionKey } from '../../state/locks/key.ts';
import { itemsOf } from '../../stores/ports/graph-census.ts';
import type { GraphStore } from '../../stores/ports/graph-store.ts';
import type { Context } from '../context.ts';
import { Fresh } from '../monitoring/fresh.ts';
import { SharedAnswer } from '../monitoring/shared-answer.ts';
import { type GroupJson, graphOf, listGroups } from './groups.ts';

const groupsAtOnce = 500;

/**
 * Every stale group, a page at a time: those of the registry by name, then those that only the graph knows so far, since
 * a client that works off this list may never start the run that would register them. Returns whether the list is
 * complete: a graph that does not answer leaves its new groups out, and stops no other.
 */
export async function* everyStaleGroup(
  context: Context,
  graph: string | null,
): AsyncGenerator<readonly GroupJson[], { readonly complete: boolean }> {
  let cursor: string | null = null;
  do {
    const page = await listGroups(context, { graph, stale: true, limit: groupsAtOnce, cursor });
    yield page.groups;
    cursor = page.next_cursor;
  } while (cursor !== null);
  const only = visiblePartitions(context.view, 'group');
  let complete = true;
  for (const store of graph === null ? context.parts.graphs : [graphOf(context, graph)]) {
    try {
      const found = (await (await passes.get(context)).get(store.mapping.name)?.get()) ?? [];
      const visible = only === null ? found : found.filter(({ group_id }) => only.includes(group_id));
      yield* stillNew(context.parts.db, store.mapping.name, visible);
    } catch {
      complete = false;
    }
  }
  return { complete };
}

/** A pass over each graph, which takes a while: it is shared for longer than other answers. */
const passes = new SharedAnswer(Number.POSITIVE_INFINITY, async ({ parts: { db, graphs } }) => {
  return new Map(graphs.map((store) => [store.mapping.name, new Fresh(passFreshMs, () => newGroups(db, store))]));
});
const passFreshMs = 30_000;

/** Groups that the graph has and the registry does not, in one pass over the graph. Reads only. */
async function newGroups(db: Db, store: GraphStore): Promise<readonly GroupJson[]> {
  const graph = store.mapping.name;
  const found: GroupJson[] = [];
  for await (const page of store.census.tallies()) {
    const known = await registered(
      db,
      graph,
      page.map(({ group }) => group),
    );
    for (const tally of page) if (!known.has(tally.group)) found.push(newGroup(graph, tally.group, itemsOf(tally)));
  }
  return found;
}

/** A pass may be shared by some who ask one after the other: what was registered since is in the registry's part. */
async function* stillNew(db: Db, graph: string, found: readonly GroupJson[]): AsyncGenerator<readonly GroupJson[]> {
  for (let at = 0; at < found.length; at += groupsAtOnce) {
    const page = found.slice(at, at + groupsAtOnce);
    const known = await registered(
      db,
      graph,
      page.map(({ group_id }) => group_id),
    );
    yield page.filter(({ group_id }) => !known.has(group_id));
  }
}

async function registered(db: Db, graph: string, groups: readonly string[]): Promise<ReadonlySet<string>> {
  return new Set((await readGroups(db, graph, groups)).map((row) => row.group_id));
}

/** As the first run will register it. */
function newGroup(graph: string, group: string, items: number): GroupJson {
  return {
    graph,
    group_id: group,
    key: partitionKey(graph, group),
    gds_stale: true,
    stale_since: null,
    stale_reason: 'new',
    needs_gds_recompute: true,
    items,
    communities: null,
    last_collection_at: null,
    last_recompute_at: null,
    consecutive_failures: 0,
    last_error: null,
  };
}
