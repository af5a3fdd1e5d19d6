import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import type { CollectionStores } from './activities/collection-stores.ts';
import { OneAtATime } from './activities/document-refresh/one-at-a-time.ts';
import type { RefreshTools } from './activities/document-refresh/tools.ts';
import { graphStrategyOf } from './activities/graph/strategies.ts';
import type { GraphTools } from './activities/graph/tools.ts';
import { graphSweepable } from './activities/graph-sweepable.ts';
import { resolveParameters } from './activities/sweep/parameters.ts';
import type { Sweepable } from './activities/sweep/sweepable.ts';
import type { Probe } from './activities/task-deps.ts';
import { createGraphComputer } from './compute/graph-computer.ts';
import type { Config, JobSettings } from './config/config.ts';
import { ConfigError } from './config/errors.ts';
import type { Db } from './database/schema.ts';
import { type DatabaseParts, openDatabaseParts } from './database-parts.ts';
import type { GraphMapping } from './domain/graph-mapping.ts';
import { createEmbedder } from './language/embeddings/create.ts';
import type { Embedder } from './language/embeddings/port.ts';
import { createOpenAiChat } from './language/model/openai-chat.ts';
import type { Model, ModelCall } from './language/model/port.ts';
import { createTextAnalyser } from './language/words/analyse-text.ts';
import { ModelUsageCounter } from './model-usage.ts';
import { pluginSweepable } from './plugins/implementations.ts';
import { rowSweepable, withOutsideVectors } from './row-jobs.ts';
import { createDuplicateFinder } from './similarity/duplicate-finder.ts';
import { createSimilaritySearch, type SimilaritySearch } from './similarity/similarity-search.ts';
import { createSources } from './sources/create.ts';
import { createGraphWithVectors } from './stores/graph-with-vectors/store.ts';
import type { GraphStore } from './stores/ports/graph-store.ts';
import type { GraphVectors } from './stores/ports/graph-vectors.ts';
import { createChunkTableVectors } from './stores/postgres/chunks/chunk-table-vectors.ts';
import { fenceCheck } from './stores/postgres/graph/epoch.ts';
import { createPostgresGraph } from './stores/postgres/graph/store.ts';
import { createTableGraphVectors } from './stores/postgres/graph-vectors/store.ts';
import { createRowStore } from './stores/postgres/row-store.ts';
import type { WeaviateAddress } from './stores/weaviate/http.ts';

/** The parts that worker and commands are put together from. */
export interface Parts extends DatabaseParts {
  readonly collections: readonly CollectionParts[];
  readonly graphs: readonly GraphStore[];
  /** The embedder of chunks that a refresh writes. */
  readonly embedder: Embedder;
  /** The language model that jobs may ask; `null`: none is configured. */
  readonly model: Model | null;
  settings(job: string): JobSettings;
  sweepables(job: string): readonly Sweepable[];
  readonly search: SimilaritySearch;
  /** Stores and endpoints beside the database and Temporal, for whoever asks whether all of them answer. */
  readonly probes: readonly Probe[];
}

export type CollectionParts = CollectionStores;

export async function assemble(config: Config, databaseUrl: string, applicationName: string): Promise<Parts> {
  const database = openDatabaseParts(config, databaseUrl, applicationName);
  const { db } = database;
  const collections = await Promise.all(config.collections.map((mapping) => collectionParts(config, db, mapping)));
  const graphs = await Promise.all(config.graphs.map((mapping) => graphStore(config, db, mapping)));
  const usage = new ModelUsageCounter(db);
  const model = modelOf(config, (call) => usage.count(call));
  const search = createSimilaritySearch({ threads: searchThreads });
  const tools = {
    ...refreshTools(config),
    ...{ model, modelName: config.model?.name ?? '', search, analyser: () => createTextAnalyser() },
  };
  const settings = (job: string) => {
    const found = config.jobs.find((one) => one.job.id === job);
    if (found === undefined) throw new ConfigError([`there is no job '${job}'`]);
    return found;
  };
  const graphing = graphTools(config, model, () => resolveParameters(settings('graph-recompute'), {}));
  return {
    ...database,
    collections,
    graphs,
    embedder: tools.embedder,
    model,
    search,
    settings,
    probes: [
      ...collections.flatMap(probesOf),
      ...graphs.flatMap(graphProbe),
      ...embeddingsProbe(tools.embedder),
      ...(model === null ? [] : [{ name: 'model', probe: model.probe }]),
    ],
    sweepables: (job) => {
      const isSwept = ({ mapping }: { readonly mapping: { readonly name: string } }) =>
        settings(job).collections.includes(mapping.name);
      if (settings(job).job.target === 'none') return [];
      if (settings(job).job.target === 'graph') {
        return graphs.filter(isSwept).map((store) => graphSweepable(store, graphStrategyOf(job), graphing));
      }
      const sweepable =
        pluginSweepable(config.plugins, job) ?? ((parts: CollectionParts) => rowSweepable(job, parts, tools));
      return collections.filter(({ store }) => isSwept(store)).map((parts) => sweepable(withOutsideVectors(parts)));
    },
    close: async () => {
      await usage.flush();
      await tools.sources.close();
      await Promise.all(collections.map(({ vectors }) => vectors?.close()));
      await graphing.computer.close();
      await search.close();
      await graphing.finder.close();
      await Promise.all(graphs.map((graph) => graph.close()));
      await database.close();
    },
  };
}

/** Threads of a search start when there is one. */
const searchThreads = 2;

/** An endpoint of one's own is asked; what needs none is not. */
function embeddingsProbe({ remote, probe }: Embedder): Probe[] {
  if (!remote) return [];
  return [{ name: 'embeddings', probe }];
}

/** Vectors in the rows' database answer when that does. */
function probesOf({ store, vectors }: CollectionParts): Probe[] {
  if (store.mapping.vectors.in !== 'weaviate' || vectors === null) return [];
  return [
    {
      name: `vectors of ${store.mapping.name}`,
      probe: async (signal) => {
        await vectors.probe(signal);
        return vectors.description;
      },
    },
  ];
}

/** A graph in the rows' database answers when that does, unless its vectors are elsewhere. */
function graphProbe(store: GraphStore): Probe[] {
  const { place, vectorsBeside } = store.mapping;
  if (place.in === 'postgres' && vectorsBeside === undefined) return [];
  return [
    {
      name: `graph ${store.mapping.name}`,
      probe: async (signal) => {
        await store.probe(signal);
        return store.description;
      },
    },
  ];
}

function graphTools(config: Config, model: Model | null, settings: GraphTools['settings']): GraphTools {
  const { maxConcurrentRecomputes } = config.worker;
  const limit = pLimit(maxConcurrentRecomputes);
  return {
    computer: createGraphComputer({ threads: maxConcurrentRecomputes }),
    finder: createDuplicateFinder({ threads: Math.max(1, availableParallelism() - 1) }),
    ...{ model, modelName: config.model?.name ?? '' },
    turn: (work) => limit(work),
    settings,
  };
}

/** Stores outside connect at their first use; the driver of one that is not configured is not loaded. */
async function graphStore(config: Config, db: Db, mapping: GraphMapping): Promise<GraphStore> {
  const graph = await graphAlone(config, db, mapping);
  const vectors = await vectorsBeside(config, db, mapping);
  return vectors === null ? graph : createGraphWithVectors(graph, vectors, fenceCheck(db, mapping.name));
}

async function vectorsBeside(
  config: Config,
  db: Db,
  { vectorsBeside: of, ...own }: GraphMapping,
): Promise<GraphVectors | null> {
  if (of === undefined) return null;
  if (of.in === 'postgres') return createTableGraphVectors(db, { ...own, vectorsBeside: of });
  if (config.weaviate === null)
    throw new ConfigError([`graphs.${own.name}.vectors: the address of Weaviate is not configured`]);
  const { createWeaviateGraphVectors } = await import('./stores/weaviate/graph/store.ts');
  return createWeaviateGraphVectors({ ...addressOf(config.weaviate), mapping: { ...own, vectorsBeside: of } });
}

function addressOf({ url, apiKey, timeoutSeconds }: NonNullable<Config['weaviate']>): WeaviateAddress {
  return { url, ...(apiKey === null ? {} : { apiKey }), timeoutMs: timeoutSeconds * 1000 };
}

async function graphAlone(config: Config, db: Db, { place, ...own }: GraphMapping): Promise<GraphStore> {
  if (place.in === 'postgres') return createPostgresGraph(db, { ...own, place });
  const mapping = { ...own, place };
  if (place.in === 'neo4j' && config.neo4j !== null) {
    const { url, user, password, timeoutSeconds } = config.neo4j;
    const { createNeo4jGraph } = await import('./stores/neo4j/store.ts');
    return createNeo4jGraph({ mapping, url, user, password: password ?? '', timeoutMs: timeoutSeconds * 1000 });
  }
  if (place.in === 'falkordb' && config.falkordb !== null) {
    const { url, password, timeoutSeconds } = config.falkordb;
    const { createFalkorGraph } = await import('./stores/falkordb/store.ts');
    return createFalkorGraph({ mapping, url, password, timeoutMs: timeoutSeconds * 1000 });
  }
  throw new ConfigError([`graphs.${own.name}: the address of ${place.in} is not configured`]);
}

/** Both connect at their first use. */
function refreshTools(config: Config): RefreshTools {
  const { provider, timeoutSeconds, ...endpoint } = config.embeddings;
  const choice =
    provider === 'openai'
      ? { provider, ...endpoint, timeoutMs: timeoutSeconds * 1000, patienceMs: embeddingsPatienceMs }
      : { provider };
  return { embedder: createEmbedder(choice), sources: createSources(config.sources), largePages: new OneAtATime() };
}

function modelOf({ model }: Config, onCall: (call: ModelCall) => void): Model | null {
  if (model === null) return null;
  const { name, timeoutSeconds, ...limits } = model;
  return createOpenAiChat({
    ...limits,
    model: name,
    timeoutMs: timeoutSeconds * 1000,
    patienceMs: modelPatienceMs,
    onCall,
    firstPauseMs: 500,
  });
}

/** How long one question waits for an endpoint that is busy, in all. */
const modelPatienceMs = 120_000;

/** Beyond it the run waits for the endpoint as for a store that is down. */
const embeddingsPatienceMs = 60_000;

async function collectionParts(
  config: Config,
  db: Db,
  mapping: Config['collections'][number],
): Promise<CollectionParts> {
  const ledgerTables = config.database.migrations === 'off' ? 'migrate' : 'run';
  const store = createRowStore(mapping, { ledgerTables, mappings: config.collections });
  if (mapping.vectors.in === 'table') return { store, vectors: createChunkTableVectors(db, mapping) };
  if (mapping.vectors.in !== 'weaviate' || config.weaviate === null) return { store, vectors: null };
  const { createWeaviateVectors } = await import('./stores/weaviate/vectors.ts');
  const vectors = await createWeaviateVectors({ ...addressOf(config.weaviate), mapping: mapping.vectors });
  return { store, vectors };
}
