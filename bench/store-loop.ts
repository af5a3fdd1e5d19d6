import { assemble } from '../src/assemble.ts';
import { EdgeListBuilder } from '../src/compute/edge-list.ts';
import { runGraphTask } from '../src/compute/graph-task.ts';
import { loadConfig } from '../src/config/load.ts';
import type { Db } from '../src/database/schema.ts';
import { boundedTransaction } from '../src/database/transaction.ts';
import { type Collector, collectorOf, collectors } from '../src/domain/collectors.ts';
import type { GraphItem } from '../src/domain/graph-item.ts';
import { takePartitions } from '../src/state/locks/partition-locks.ts';
import { tallyOf } from '../src/stores/ports/graph-census.ts';
import { byKind } from '../src/stores/ports/graph-items.ts';
import type { GraphStore } from '../src/stores/ports/graph-store.ts';
import { preparedFile } from './group-database.ts';
import type { Servers } from './servers.ts';

export interface LoopResult {
  readonly ms: number;
  readonly latencies: readonly number[];
  readonly removed: number;
}

/** The first of every group. */
const epoch = 1;
const cutoff = new Date();
const settings = { seed: 42, resolution: 1, maxIterations: 20 };
const ranks = { damping: 0.85, maxIterations: 100, tolerance: 0.000001 };

/**
 * The loop of a person who has only the store's calls: one group after the other in one process, no lease, no survey,
 * no ledger, no registry, no lock but those that the calls themselves take.
 */
export async function storeLoop(servers: Servers, url: string): Promise<LoopResult> {
  const config = loadConfig({ DATABASE_URL: url, COPPICE_CONFIG: preparedFile(servers) });
  const parts = await assemble(config, url, 'coppice bench');
  try {
    const [store] = parts.graphs;
    if (store === undefined) throw new Error('there is no graph');
    await lockAll(parts.db, store);
    const startedAt = performance.now();
    const latencies: number[] = [];
    let removed = 0;
    for await (const page of store.census.tallies()) {
      for (const { group } of page) {
        const begunAt = performance.now();
        removed += await collect(parts.db, store, group);
        await recompute(store, group);
        await tallyOf(store.census, group);
        latencies.push(performance.now() - begunAt);
      }
    }
    return { ms: performance.now() - startedAt, latencies, removed };
  } finally {
    await parts.close();
  }
}

/** The store writes results of a group only to whom its lock is. */
async function lockAll(db: Db, store: GraphStore): Promise<void> {
  for await (const page of store.census.tallies()) {
    const names = page.map(({ group }) => ({ collection: store.mapping.name, partition: group }));
    const holder = { runId: 'bench', workflowId: 'bench', namespace: 'bench' };
    await boundedTransaction(db, (tx) => takePartitions(tx, names, holder, null));
  }
}

async function collect(db: Db, store: GraphStore, group: string): Promise<number> {
  const items = store.items.graph;
  if (items.at !== 'database') throw new Error('the graph is in tables');
  const rule = (only: readonly Collector[]) => ({ cutoff, graceDays: 1, collectors: only });
  const due: GraphItem[] = [];
  for await (const page of store.census.stale([group], rule(collectors))) due.push(...page.filter((one) => one.due));
  const kinds = byKind(due);
  let removed = 0;
  for (const kind of ['relation', 'mention', 'entity', 'vector'] as const) {
    const some = kinds.get(kind) ?? [];
    if (some.length === 0) continue;
    const named = some.map((item) => ({ ...item, group }));
    removed += (await boundedTransaction(db, (tx) => items.remove(tx, rule([collectorOf[kind]]), named))).length;
  }
  return removed;
}

async function recompute(store: GraphStore, group: string): Promise<void> {
  const builder = new EdgeListBuilder({ maxNodes: 1e6, maxEdges: 1e7 });
  for await (const page of store.compute.entities([group])) {
    for (const { entities } of page) for (const id of entities) builder.addNode(id);
  }
  for await (const page of store.compute.edges([group])) for (const edges of page) builder.addEdges(edges);
  const list = builder.finish();
  const result = runGraphTask({
    ...{ list, directed: true, leiden: settings, pageRank: ranks },
    ...{ previousHash: null, previousCommunities: null, nextCommunityId: 0 },
  });
  if (!result.changed) throw new Error('there was nothing before it');
  const entities = list.ids.map((entity, at) => {
    return { entity, community: result.communities[at] ?? 0, centrality: result.ranks[at] ?? 0 };
  });
  const fence = { group, epoch };
  const { communityCount: communities, hash } = result;
  await store.compute.write([{ fence, version: epoch, entities }]);
  await store.compute.publish([{ fence, results: { version: epoch, communities, hash, computedAt: cutoff } }]);
}
