import { graphItemsBeyond, numberGraphItems } from '../state/graphs/graph-items.ts';
import { abandonedItems } from '../state/graphs/graph-ledger.ts';
import { ledgerSize } from '../state/ledger/ledger.ts';
import { hasEnded } from '../state/runs/runs.ts';
import { GraphFenceError } from '../stores/ports/graph-fence.ts';
import { areInDatabase } from '../stores/ports/graph-items.ts';
import type { GraphStore } from '../stores/ports/graph-store.ts';
import { MappingError } from '../stores/ports/inspection.ts';
import { asTogether } from './graph/as-together.ts';
import { finishValidity } from './graph/auditing/restore-validity.ts';
import { settleAbandoned } from './graph/collect-outside.ts';
import { concludeGroups } from './graph/conclude.ts';
import { finishMarks } from './graph/mark-archived.ts';
import { finishMerges } from './graph/merging/apply-merges.ts';
import { type Observed, observeGraph } from './graph/observe.ts';
import { restoreItemsOf } from './graph/restore.ts';
import type { GraphStrategy } from './graph/strategy.ts';
import type { GraphTools } from './graph/tools.ts';
import { FenceLostError } from './sweep/errors.ts';
import type { OpenSweepable, SurveySource, Sweepable, Together } from './sweep/sweepable.ts';

/** An image in the ledger with its row, roughly: a name, a summary and a vector. */
const bytesPerItem = 4096;

/** Entities, edges and vectors of groups that share their commits: they are held in memory, and written in one transaction. */
const mostRows = 20_000;

/** Groups of one graph as a job sweeps them. */
export function graphSweepable(store: GraphStore, strategy: GraphStrategy, tools: GraphTools): Sweepable {
  const { name } = store.mapping;
  const { gaveUp } = strategy;
  return {
    collection: name,
    open: async () => {
      const { problems, fingerprint } = await store.inspect();
      const own = strategy.reads === undefined ? [] : (await store.inspectFields(strategy.reads)).problems;
      if (problems.length + own.length > 0) throw new MappingError(name, [...problems, ...own]);
      const more = strategy.fingerprint?.(store);
      return openGraph(store, strategy, tools, more === undefined ? fingerprint : `${fingerprint}-${more}`);
    },
    probe: (signal) => store.probe(signal),
    ...(gaveUp === undefined ? {} : { gaveUp: (tx, group, error) => gaveUp(tx, name, group, error) }),
  };
}

function openGraph(store: GraphStore, strategy: GraphStrategy, tools: GraphTools, fingerprint: string): OpenSweepable {
  return {
    fingerprint,
    ready: async (db, signal) => {
      await store.compute.algorithms?.sweep(async (runId) => !(await hasEnded(db, runId)), signal);
    },
    observe: async (db, terms, runNo, signal) =>
      surveySource(store, strategy, await observeGraph(db, store, strategy, tools, terms, runNo, signal)),
    work: {
      // A group is the smallest thing that is worked on at once, and what takes time in it is not the database.
      steadyBatches: true,
      abandoned: (db, exceptRunNo) => abandonedItems(db, store.mapping.name, exceptRunNo),
      recover: (work, abandoned) =>
        fenced(() => {
          const group = asTogether(work);
          if (!abandoned) return strategy.recover(store, group);
          return settleAbandoned(store, group)
            .then(() => finishMerges(store, group))
            .then(() => finishValidity(store, group))
            .then(() => finishMarks(store, group));
        }),
      applyBatch: (work, size) =>
        fenced(async () => {
          if (await strategy.apply(store, asTogether(work), size)) return size;
          await concludeGroups(store, strategy, tools, asTogether(work));
          return 0;
        }),
      together: areInDatabase(store.items) && strategy.alone !== true ? severalGroups(store, strategy, tools) : null,
    },
    undo: {
      restoreBatch: (work, size) => fenced(() => (strategy.restore ?? restoreItemsOf)(store, work, size)),
    },
  };
}

/** The survey of a graph that was read. */
function surveySource(
  { mapping: { name: graph } }: GraphStore,
  { order }: GraphStrategy,
  seen: Observed,
): SurveySource {
  return {
    notes: seen.notes,
    pairs: seen.pairs,
    facts: seen.facts,
    estimates: seen.estimates,
    count: async function* () {
      yield seen.counts;
    },
    samples: async (_tx, partitions) => new Map(partitions.map((one) => [one, seen.samples.get(one) ?? []])),
    ledgerBytes: async (tx, rows) => ({ current: await ledgerSize(tx), expected: rows * bytesPerItem }),
    collect: (tx, runNo) => numberGraphItems(tx, { runNo, graph, order }),
    itemsBeyond: (tx, runNo, approvedRunNo) => graphItemsBeyond(tx, graph, runNo, approvedRunNo),
  };
}

/**
 * Small groups that share two commits: one removes what is due in all of them, one notes what came of each. Between the two
 * every group is as one alone is when its items are removed.
 */
function severalGroups(store: GraphStore, strategy: GraphStrategy, tools: GraphTools): Together {
  return {
    mostRows,
    handle: (work) =>
      fenced(async () => {
        await strategy.apply(store, work, null);
        await concludeGroups(store, strategy, tools, work);
      }),
  };
}

/** A write that the store refuses because a successor has written is a lost fence to the sweep. */
async function fenced<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof GraphFenceError) throw new FenceLostError();
    throw error;
  }
}
