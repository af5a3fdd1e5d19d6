import { createHash } from 'node:crypto';
import { type CollectRule, isDue } from '../../domain/collectors.ts';
import type { StaleItem } from '../../domain/graph-item.ts';
import { EmptyScopeError, StoreError } from '../../domain/store-errors.ts';
import type { GraphCensus, GroupTally } from '../ports/graph-census.ts';
import type { GraphLoading } from '../ports/graph-loading.ts';
import type { GraphStore } from '../ports/graph-store.ts';
import type { GraphVectors, VectorLine, VectorTally } from '../ports/graph-vectors.ts';
import { slices } from '../slices.ts';
import { type CheckFence, vectorItems } from './items.ts';
import { judgeVectors } from './judge.ts';

const nothing = { documents: 0, entities: 0, mentions: 0, relations: 0, vectors: 0, digest: '' };
const groupsAtOnce = 1000;

/** Presents a graph store and a separate vector store as one GraphStore. */
export function createGraphWithVectors(graph: GraphStore, vectors: GraphVectors, check: CheckFence): GraphStore {
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
    inspectFields: (use, signal) => graph.inspectFields(use, signal),
    census: censusOfBoth(graph.census, vectors),
    items: { graph: graph.items.graph, vectors: vectorItems(graph.census, vectors, check) },
    compute: graph.compute,
    loading: loadingOfBoth(graph.loading, vectors),
    merging: null,
    facts: graph.facts,
    validity: graph.validity,
    close: async () => {
      await vectors.close();
      await graph.close();
    },
  };
}

function censusOfBoth(census: GraphCensus, vectors: GraphVectors): GraphCensus {
  return {
    async *tallies(signal) {
      const beside = new Map(await vectors.tallies(signal));
      for await (const page of census.tallies(signal)) {
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
    talliesOf: async (groups, signal) => {
      const [tallies, own] = [await census.talliesOf(groups, signal), await vectors.talliesOf(groups, signal)];
      return new Map([...tallies].map(([group, tally]) => [group, withVectors(tally, own.get(group))]));
    },
    unscoped: async (signal) => (await census.unscoped(signal)) + (await vectors.unscoped(signal)),
    async *stale(groups, rule, signal) {
      yield* census.stale(groups, rule, signal);
      if (rule.collectors.includes('deprecated-vectors')) yield* staleVectors(groups, rule, signal);
    },
    standing: (named, signal) => census.standing(named, signal),
  };

  async function* staleVectors(groups: readonly string[], rule: CollectRule, signal?: AbortSignal) {
    if (groups.length === 0) throw new EmptyScopeError('groups');
    for await (const page of vectors.list(groups, signal)) {
      const judged = await judgeVectors(census, page, rule.cutoff, signal);
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

/** Documents and entities are written before their vectors, so that no vector is stale for a moment. */
function loadingOfBoth({ load, deprecate }: GraphLoading, vectors: GraphVectors): GraphLoading {
  return {
    load:
      load === null
        ? null
        : async (lines) => {
            const own = lines.filter((line): line is VectorLine => line.type === 'vector');
            const others = lines.filter(({ type }) => type !== 'vector');
            if (own.length > 0 && vectors.load === null) {
              const message = `${vectors.description} is the application's own: load the graph without lines of type vector`;
              throw new StoreError('StoreRefusedError', message);
            }
            if (others.length > 0) await load(others);
            if (own.length > 0) await vectors.load?.(own);
          },
    deprecate: async (group, documents, at, signal) => {
      const marked = await deprecate(group, documents, at, signal);
      const missing = new Set(marked.missing);
      const standing = documents.filter((id) => !missing.has(id));
      return { ...marked, vectors: standing.length === 0 ? 0 : await vectors.deprecate(group, standing, at, signal) };
    },
  };
}
