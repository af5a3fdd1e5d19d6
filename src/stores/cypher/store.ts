import type { GraphAlgorithms, GraphStore } from '../ports/graph-store.ts';
import { deprecateDocuments } from './deprecate.ts';
import { fetchImages } from './images.ts';
import { wantedIndexes } from './indexes.ts';
import { inspectGraph } from './inspect.ts';
import { loadLines } from './load.ts';
import { type CypherMapping, checkNames } from './names.ts';
import { placeOf } from './places.ts';
import { entityIds, relationEdges } from './read-graph.ts';
import { removeItems } from './remove.ts';
import { restoreItems } from './restore.ts';
import { currentCommunities, currentResults, publishResults, writeResults } from './results.ts';
import type { CypherSession } from './session.ts';
import { staleItems } from './stale.ts';
import { standingNodes } from './standing.ts';
import { groupTallies, groupTally, unscopedItems } from './tallies.ts';

/** What a dialect has of its own. */
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
  return {
    mapping,
    description: own.description,
    probe: own.probe,
    ensure: () => session.ensure(null, wantedIndexes(mapping)),
    inspect: async (signal) => {
      const found = await inspectGraph(session, mapping, signal);
      return { ...found, problems: [...(await own.problems()), ...found.problems] };
    },
    tallies: (signal) => groupTallies(session, mapping, signal),
    tally: (group, signal) => groupTally(session, mapping, group, signal),
    unscoped: (signal) => unscopedItems(session, mapping, signal),
    stale: (groups, rule, signal) => staleItems(session, mapping, groups, rule, signal),
    standing: (named, signal) => standingNodes(session, mapping, named, signal),
    items: {
      at: 'outside',
      fetch: async (group, items, signal) => {
        const { graph, stored } = placeOf(mapping, group);
        const run = (text: string, parameters = {}) => session.read(graph, text, parameters, signal);
        return fetchImages(run, session.dialect, mapping, stored, items);
      },
      remove: (fence, rule, images, signal) => removeItems(session, mapping, fence, rule, images, signal),
      restore: (fence, images, signal) => restoreItems(session, mapping, fence, images, signal),
    },
    deprecate: async (group, documents, at, signal) =>
      deprecateDocuments(session, mapping, group, documents, at, signal),
    load: mapping.mapped ? null : (lines) => loadLines(session, mapping, lines),
    entities: (group, signal) => entityIds(session, mapping, group, signal),
    edges: (group, signal) => relationEdges(session, mapping, group, signal),
    results: (group, signal) => currentResults(session, mapping, group, signal),
    communities: (group, signal) => currentCommunities(session, mapping, group, signal),
    writeResults: (fence, version, page, signal) => writeResults(session, mapping, fence, version, page, signal),
    publish: (fence, results, signal) => publishResults(session, mapping, fence, results, signal),
    together: null,
    get algorithms() {
      return own.algorithms();
    },
    close: () => session.close(),
  };
}
