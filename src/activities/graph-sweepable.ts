import { recordFailure } from '../state/graphs/graph-groups.ts';
import { graphItemsBeyond, numberGraphItems } from '../state/graphs/graph-items.ts';
import { abandonedItems } from '../state/graphs/graph-ledger.ts';
import { ledgerSize } from '../state/ledger/ledger.ts';
import { hasEnded } from '../state/runs/runs.ts';
import { MappingError } from '../stores/ports/document-store.ts';
import { GraphFenceError, type GraphStore } from '../stores/ports/graph-store.ts';
import { collectBatch, finishIntents, settleAbandoned } from './graph/collect.ts';
import { conclude } from './graph/conclude.ts';
import { type Observed, observeGraph } from './graph/observe.ts';
import { restoreItemsOf } from './graph/restore.ts';
import type { GroupDuty } from './graph/rule.ts';
import { handleTogether } from './graph/together.ts';
import type { GraphTools } from './graph/tools.ts';
import { FenceLostError } from './sweep/errors.ts';
import type { OpenSweepable, Sweepable } from './sweep/sweepable.ts';

/** An image in the ledger with its row, roughly: a name, a summary and a vector. */
const bytesPerItem = 4096;

/** Groups of one graph as a job sweeps them: collected, recomputed, or both. */
export function graphSweepable(store: GraphStore, duty: GroupDuty, tools: GraphTools): Sweepable {
  return {
    collection: store.mapping.name,
    open: async () => {
      const { problems, fingerprint } = await store.inspect();
      if (problems.length > 0) throw new MappingError(store.mapping.name, problems);
      return openGraph(store, duty, tools, fingerprint);
    },
    probe: (signal) => store.probe(signal),
    ...(duty.collects ? { gaveUp: (tx, group, error) => recordFailure(tx, store.mapping.name, group, error) } : {}),
  };
}

function openGraph(store: GraphStore, duty: GroupDuty, tools: GraphTools, fingerprint: string): OpenSweepable {
  const graph = store.mapping.name;
  let observed: Observed | null = null;
  const seen = () => {
    if (observed === null) throw new Error('a graph is observed before it is surveyed');
    return observed;
  };
  return {
    fingerprint,
    // A group is the smallest thing that is worked on at once, and what takes time in it is not the database.
    steadyBatches: true,
    together: handleTogether(store, duty, tools),
    ready: async (db, signal) => {
      await store.algorithms?.sweep(async (runId) => !(await hasEnded(db, runId)), signal);
    },
    observe: async (db, terms, runNo, signal) => {
      observed = await observeGraph(db, store, duty, terms, runNo, signal);
    },
    survey: async function* () {
      yield seen().counts;
    },
    samples: async (_tx, _terms, partitions) =>
      new Map(partitions.map((partition) => [partition, seen().samples.get(partition) ?? []])),
    ledgerBytes: async (tx, rows) => ({ current: await ledgerSize(tx), expected: rows * bytesPerItem }),
    collect: (tx, _terms, runNo) => numberGraphItems(tx, runNo, graph),
    itemsBeyond: (tx, runNo, approvedRunNo) => graphItemsBeyond(tx, graph, runNo, approvedRunNo),
    abandoned: (db, exceptRunNo) => abandonedItems(db, graph, exceptRunNo),
    recover: (work, abandoned) =>
      fenced(() => (abandoned ? settleAbandoned(store, work) : finishIntents(store, duty, work))),
    removeBatch: (work, size) =>
      fenced(async () => {
        if (await collectBatch(store, duty, work, size)) return size;
        await conclude(store, duty, tools, work);
        return 0;
      }),
    restoreBatch: (work, size) => fenced(() => restoreItemsOf(store, work, size)),
  };
}

/** What the store refuses because a successor has written is what the sweep calls a lost fence. */
async function fenced<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof GraphFenceError) throw new FenceLostError();
    throw error;
  }
}
