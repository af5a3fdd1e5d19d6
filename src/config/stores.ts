import type { Config } from './config.ts';
import type { FileSettings } from './file-schema.ts';
import { type Environment, set } from './set.ts';

/** Where stores beside the database are: environment over file. `null`: nobody says. */

const defaultStoreTimeoutSeconds = 10;

export function neo4jOf(env: Environment, settings: FileSettings, problems: string[]): Config['neo4j'] {
  const own = settings.stores?.neo4j;
  const [named, other] = [set(env.NEO4J_URL), set(env.NEO4J_URI)];
  if (named !== undefined && other !== undefined && named !== other) {
    problems.push('NEO4J_URL, NEO4J_URI: name different addresses; set one of them');
  }
  const url = named ?? other ?? own?.url;
  if (url === undefined) return null;
  return {
    url,
    user: set(env.NEO4J_USER) ?? own?.user ?? 'neo4j',
    password: set(env.NEO4J_PASSWORD) ?? own?.password ?? null,
    timeoutSeconds: own?.timeout_seconds ?? defaultStoreTimeoutSeconds,
  };
}

export function falkordbOf(env: Environment, settings: FileSettings): Config['falkordb'] {
  const own = settings.stores?.falkordb;
  const url = set(env.FALKORDB_URL) ?? own?.url;
  if (url === undefined) return null;
  return {
    url,
    password: set(env.FALKORDB_PASSWORD) ?? own?.password ?? null,
    timeoutSeconds: own?.timeout_seconds ?? defaultStoreTimeoutSeconds,
  };
}

export function weaviateOf(env: Environment, settings: FileSettings): Config['weaviate'] {
  const url = set(env.WEAVIATE_URL) ?? settings.stores?.weaviate?.url;
  if (url === undefined) return null;
  return {
    url,
    apiKey: set(env.WEAVIATE_API_KEY) ?? settings.stores?.weaviate?.api_key ?? null,
    timeoutSeconds: settings.stores?.weaviate?.timeout_seconds ?? defaultStoreTimeoutSeconds,
  };
}

/** Every collection and every graph is somewhere, and can do what is asked of it there. */
export function checkStores(config: Config, problems: string[]): void {
  for (const { name, place, vectorsBeside } of config.graphs) {
    if (place.in === 'neo4j' && config.neo4j === null) {
      problems.push(`graphs.${name}: is in Neo4j, but NEO4J_URL or NEO4J_URI (stores.neo4j.url) is not set`);
    }
    if (place.in === 'falkordb' && config.falkordb === null) {
      problems.push(`graphs.${name}: is in FalkorDB, but FALKORDB_URL (stores.falkordb.url) is not set`);
    }
    if (vectorsBeside?.in === 'weaviate' && config.weaviate === null) {
      problems.push(`graphs.${name}.vectors: are in Weaviate, but WEAVIATE_URL (stores.weaviate.url) is not set`);
    }
  }
  checkVectorsApart(config.graphs, problems);
  for (const collection of config.collections) {
    if (collection.document !== null && collection.vectors.in !== 'row' && collection.vectors.in !== 'none') {
      problems.push(
        `collections.${collection.name}.document: several rows make a document only where their vectors are in the rows ` +
          '(vectors: {in: row}) or nowhere (vectors: {in: none})',
      );
    }
    const refreshed = config.jobs.some(
      ({ job, collections }) => job.id === 'document-refresh' && collections.includes(collection.name),
    );
    if (refreshed && config.embeddings.provider === 'weaviate' && collection.vectors.in === 'table') {
      problems.push(
        `embeddings.provider: weaviate makes no vectors for collection ${collection.name}, whose chunks are in PostgreSQL; ` +
          'choose another, or leave the collection out of jobs.document-refresh.collections',
      );
    }
    if (collection.vectors.in === 'weaviate' && config.weaviate === null) {
      problems.push(
        `collections.${collection.name}.vectors: are in Weaviate, but WEAVIATE_URL (stores.weaviate.url) is not set`,
      );
    }
  }
}

/** A vector whose document is not in its graph is stale: two graphs must not take each other's for their own. */
function checkVectorsApart(graphs: Config['graphs'], problems: string[]): void {
  const ownerOf = new Map<string, string>();
  for (const { name, place, vectorsBeside } of graphs) {
    const where = vectorsBeside ?? (place.in === 'postgres' ? place.vectors : null);
    if (where === null) continue;
    const what = 'class' in where ? `class ${where.class}` : `table ${where.table.schema}.${where.table.name}`;
    const owner = ownerOf.get(what);
    ownerOf.set(what, name);
    if (owner !== undefined) {
      problems.push(`graphs.${name}.vectors: ${what} holds those of graph ${owner}; each graph needs its own`);
    }
  }
}
