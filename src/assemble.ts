import type { CollectionStores } from './activities/collection-stores.ts';
import type { Sweepable } from './activities/sweep/sweepable.ts';
import type { Probe } from './activities/task-deps.ts';
import { ttlCleanupSweepable } from './activities/ttl-cleanup.ts';
import type { Config, JobSettings } from './config/config.ts';
import { ConfigError } from './config/errors.ts';
import { openDatabase } from './state/database.ts';
import type { Db } from './state/schema.ts';
import { createChunkTableVectors } from './stores/postgres/chunk-table-vectors.ts';
import { createDocumentStore } from './stores/postgres/document-store.ts';
import { createWeaviateVectors } from './stores/weaviate/vectors.ts';

/** The parts that worker and commands are put together from. */
export interface Parts {
  readonly config: Config;
  readonly db: Db;
  readonly collections: readonly CollectionParts[];
  settings(job: string): JobSettings;
  sweepables(job: string): readonly Sweepable[];
  /** Stores and endpoints beside the database and Temporal, for whoever asks whether all of them answer. */
  readonly probes: readonly Probe[];
  close(): Promise<void>;
}

export type CollectionParts = CollectionStores;

export async function assemble(config: Config, databaseUrl: string, applicationName: string): Promise<Parts> {
  const db = openDatabase({ url: databaseUrl, maxConnections: config.database.maxConnections, applicationName });
  const collections = await Promise.all(config.collections.map((mapping) => collectionParts(config, db, mapping)));
  const settings = (job: string) => {
    const found = config.jobs.find((one) => one.job.id === job);
    if (found === undefined) throw new ConfigError([`there is no job '${job}'`]);
    return found;
  };
  return {
    config,
    db,
    collections,
    settings,
    probes: collections.flatMap(probesOf),
    sweepables: (job) =>
      collections
        .filter(({ store }) => settings(job).collections.includes(store.mapping.name))
        .map((parts) => sweepableOf(job, parts)),
    close: async () => {
      await Promise.all(collections.map(({ vectors }) => vectors?.close()));
      await db.destroy();
    },
  };
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

/** One line for each job that sweeps. */
function sweepableOf(job: string, { store, vectors }: CollectionParts): Sweepable {
  const outside = store.mapping.vectors.in === 'weaviate' ? vectors : null;
  switch (job) {
    case 'ttl-cleanup':
      return ttlCleanupSweepable(store, outside);
    default:
      throw new Error(`job '${job}' has no sweepable: add it in assemble.ts`);
  }
}

async function collectionParts(
  config: Config,
  db: Db,
  mapping: Config['collections'][number],
): Promise<CollectionParts> {
  const ledgerTables = config.database.migrations === 'off' ? 'migrate' : 'run';
  const store = createDocumentStore(mapping, { ledgerTables });
  if (mapping.vectors.in === 'table') return { store, vectors: createChunkTableVectors(db, mapping) };
  if (mapping.vectors.in !== 'weaviate' || config.weaviate === null) return { store, vectors: null };
  const { url, apiKey, timeoutSeconds } = config.weaviate;
  const vectors = await createWeaviateVectors({
    url,
    ...(apiKey === null ? {} : { apiKey }),
    mapping: mapping.vectors,
    timeoutMs: timeoutSeconds * 1000,
  });
  return { store, vectors };
}
