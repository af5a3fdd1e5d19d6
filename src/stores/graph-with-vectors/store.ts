import { createHash } from 'node:crypto';
import { type CollectRule, isDue } from '../../domain/collectors.ts';
import type { StaleItem } from '../../domain/graph-item.ts';
import { EmptyScopeError, StoreError } from '../../domain/store-errors.ts';
import type { GroupTally } from '../ports/graph-data.ts';
import type { GraphLine, GraphStore } from '../ports/graph-store.ts';
import type { GraphVectors, VectorLine, VectorTally } from '../ports/graph-vectors.ts';
import { slices } from '../slices.ts';
import { type CheckFence, vectorItems } from './items.ts';
import { judgeVectors } from './judge.ts';

const nothing = { documents: 0, entities: 0, mentions: 0, relations: 0, vectors: 0, digest: '' };
const groupsAtOnce = 1000;

/** Presents a graph store and a separate vector store as one GraphStore. */
export function createGraphWithVectors(graph: GraphStore, vectors: GraphVectors, check: CheckFence): GraphStore {
  const { load } = graph;
  return {
    mapping: graph.mapping,
    description: `${graph.description}, with vectors in ${vectors.description}`,
    probe: async (signal) => {
      await graph.probe(signal);
      await vectors.probe(signal);
    },
    ensure: async () => {
      await graph.ensure();
      await vectors.ensure();
    },
    inspect: async (signal) => {
      const [own, beside] = [await graph.inspect(signal), await vectors.inspect(signal)];
      const both = createHash('sha256').update(`${own.fingerprint} ${beside.fingerprint}`).digest('hex');
      return { problems: [...own.problems, ...beside.problems], fingerprint: both.slice(0, 16) };
    },

    async *tallies(signal) {
      const beside = new Map(await vectors.tallies(signal));
      for await (const page of graph.tallies(signal)) {
        yield page.map((tally) => {
          const own = beside.get(tally.group);
          beside.delete(tally.group);
          return withVectors(tally, own);
        });
      }
      // Groups of which nothing but vectors is left.
      for (const page of slices([...beside], groupsAtOnce)) {
        yield page.map(([group, own]) => withVectors({ group, ...nothing }, own));
      }
    },
    tally: async (group, signal) => withVectors(await graph.tally(group, signal), await vectors.tally(group, signal)),
    unscoped: async (signal) => (await graph.unscoped(signal)) + (await vectors.unscoped(signal)),

    async *stale(groups, rule, signal) {
      yield* graph.stale(groups, rule, signal);
      if (rule.collectors.includes('deprecated-vectors')) yield* staleVectors(groups, rule, signal);
    },
    standing: (named, signal) => graph.standing(named, signal),
    items: graph.items,
    vectorItems: vectorItems(graph, vectors, check),
    // A vector elsewhere takes more than one transaction.
    together: null,

    deprecate: async (group, documents, at, signal) => {
      const marked = await graph.deprecate(group, documents, at, signal);
      const missing = new Set(marked.missing);
      const standing = documents.filter((id) => !missing.has(id));
      return { ...marked, vectors: standing.length === 0 ? 0 : await vectors.deprecate(group, standing, at, signal) };
    },
    load: load === null ? null : loadBoth(load, vectors),

    entities: (group, signal) => graph.entities(group, signal),
    edges: (group, signal) => graph.edges(group, signal),
    results: (group, signal) => graph.results(group, signal),
    communities: (group, signal) => graph.communities(group, signal),
    writeResults: (fence, version, page, signal) => graph.writeResults(fence, version, page, signal),
    publish: (fence, results, signal) => graph.publish(fence, results, signal),
    get algorithms() {
      return graph.algorithms;
    },
    close: async () => {
      await vectors.close();
      await graph.close();
    },
  };

  async function* staleVectors(groups: readonly string[], rule: CollectRule, signal?: AbortSignal) {
    if (groups.length === 0) throw new EmptyScopeError('groups');
    for await (const page of vectors.list(groups, signal)) {
      const judged = await judgeVectors(graph, page, rule.cutoff, signal);
      const items = page.flatMap(({ group, id, dates }, at): StaleItem[] => {
        const stale = judged[at] ?? null;
        return stale === null ? [] : [{ group, kind: 'vector', id, dates, ...stale, due: isDue(stale, rule) }];
      });
      if (items.length > 0) yield items;
    }
  }
}

function withVectors(tally: GroupTally, own: VectorTally | undefined): GroupTally {
  const { vectors, digest } = own ?? { vectors: 0, digest: '' };
  // A group without any is the same whether it is counted alone or was not met in the pass over all.
  return { ...tally, vectors, digest: vectors === 0 ? tally.digest : `${tally.digest} ${digest}` };
}

type Load = (lines: readonly GraphLine[]) => Promise<void>;

/** What vectors belong to goes first, so that none is stale for a moment. */
function loadBoth(load: Load, { description, load: loadVectors }: GraphVectors): Load {
  return async (lines) => {
    const own = lines.filter((line): line is VectorLine => line.type === 'vector');
    const others = lines.filter(({ type }) => type !== 'vector');
    if (own.length > 0 && loadVectors === null) {
      const message = `${description} is the application's own: load the graph without lines of type vector`;
      throw new StoreError('StoreRefusedError', message);
    }
    if (others.length > 0) await load(others);
    if (own.length > 0) await loadVectors?.(own);
  };
}
