import type { GraphAlgorithms, GraphCompute, GraphResults } from '../ports/graph-compute.ts';
import type { ItemsOutside } from '../ports/graph-items.ts';
import type { GraphStore } from '../ports/graph-store.ts';
import { deprecateDocuments } from './deprecate.ts';
import { factsOnGraph } from './facts-with-dates.ts';
import { fetchImages } from './images.ts';
import { wantedIndexes } from './indexes.ts';
import { inspectGraph } from './inspect.ts';
import { inspectFields } from './inspect-fields.ts';
import { loadLines } from './load.ts';
import { mergingOnGraph } from './merging/index.ts';
import { type CypherMapping, checkNames } from './names.ts';
import { placeOf } from './places.ts';
import { entityIds, relationEdges } from './read-graph.ts';
import { removeItems } from './remove.ts';
import { restoreItems } from './restore.ts';
import { currentCommunities, currentResults, publishResults, writeResults } from './results.ts';
import type { CypherSession } from './session.ts';
import { staleItems } from './stale.ts';
import { standingNodes } from './standing.ts';
import { groupTallies, talliesOf, unscopedItems } from './tallies.ts';
import { validityOnGraph } from './validity.ts';

/** The parts that differ between dialects. */
export interface Own {
  readonly description: string;
  probe(signal?: AbortSignal): Promise<void>;
  algorithms(): GraphAlgorithms | null;
  /** Said by `inspect` beside what the mapping shows. */
  problems(): Promise<readonly string[]>;
}

/** A graph of nodes and relationships, whose items are outside Coppice's database. Throws where the mapping has a name that no query can hold. */
export function createCypherGraph(session: CypherSession, mapping: CypherMapping, own: Own): GraphStore {
  checkNames(mapping);
  const items = itemsInGraph(session, mapping);
  return {
    mapping,
    description: own.description,
    probe: own.probe,
    ensure: () => session.ensure(null, wantedIndexes(mapping)),
    inspect: async (signal) => {
      const found = await inspectGraph(session, mapping, signal);
      return { ...found, problems: [...(await own.problems()), ...found.problems] };
    },
    inspectFields: (use, signal) => inspectFields(session, mapping, use, signal),
    census: {
      tallies: (signal) => groupTallies(session, mapping, signal),
      talliesOf: (groups, signal) => talliesOf(session, mapping, groups, signal),
      unscoped: (signal) => unscopedItems(session, mapping, signal),
      stale: (groups, rule, signal) => staleItems(session, mapping, groups, rule, signal),
      standing: (named, signal) => standingNodes(session, mapping, named, signal),
    },
    items: { graph: items, vectors: items },
    compute: computeOnGraph(session, mapping, own),
    loading: {
      load: mapping.mapped ? null : (lines) => loadLines(session, mapping, lines),
      deprecate: async (group, documents, at, signal) =>
        deprecateDocuments(session, mapping, group, documents, at, signal),
    },
    merging: mergingOnGraph(session, mapping),
    facts: factsOnGraph(session, mapping),
    validity: validityOnGraph(session, mapping),
    close: () => session.close(),
  };
}

function itemsInGraph(session: CypherSession, mapping: CypherMapping): ItemsOutside {
  return {
    at: 'outside',
    fetch: async (group, items, signal) => {
      const { graph, stored } = placeOf(mapping, group);
      const run = (text: string, parameters = {}) => session.read(graph, text, parameters, signal);
      return fetchImages(run, session.dialect, mapping, stored, items);
    },
    remove: (fence, rule, images, signal) => removeItems(session, mapping, fence, rule, images, signal),
    restore: (fence, images, signal) => restoreItems(session, mapping, fence, images, signal),
  };
}

/** Group by group: a group may be a graph of its own, and each has a fence that its own statements check. */
function computeOnGraph(session: CypherSession, mapping: CypherMapping, own: Own): GraphCompute {
  return {
    async *entities(groups, signal) {
      for (const group of groups) yield* entityIds(session, mapping, group, signal);
    },
    async *edges(groups, signal) {
      for (const group of groups) yield* relationEdges(session, mapping, group, signal);
    },
    results: async (groups, signal) => {
      const found = new Map<string, GraphResults>();
      for (const group of groups) {
        const results = await currentResults(session, mapping, group, signal);
        if (results !== null) found.set(group, results);
      }
      return found;
    },
    async *communities(groups, signal) {
      for (const group of groups) yield* currentCommunities(session, mapping, group, signal);
    },
    write: async (results, signal) => {
      for (const one of results) await writeResults(session, mapping, one, signal);
    },
    publish: async (published, signal) => {
      for (const one of published) await publishResults(session, mapping, one, signal);
    },
    get algorithms() {
      return own.algorithms();
    },
  };
}
