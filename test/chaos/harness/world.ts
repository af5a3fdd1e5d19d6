import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import pg from 'pg';
import { type Contents, contentsOf, seed } from '../../support/corpus.ts';
import { createInstallation, type Installation } from '../../support/installation.ts';
import type { Stage, StoreName } from '../fault.ts';
import { installAudit } from './audit.ts';
import { batchSize, type Corpus, corpusOf } from './corpus.ts';
import { Crew } from './crew.ts';
import { type Servers, startServers } from './servers.ts';
import { moveToSmallDisk } from './small-disk.ts';

/** Resources that all seeds of one store share: servers, an installation with its documents, and workers. */
export interface World {
  readonly store: StoreName;
  readonly servers: Servers;
  readonly installation: Installation;
  readonly crew: Crew;
  readonly corpus: Corpus;
  /** Contents of the stores before the first fault. */
  readonly before: Contents;
  /** Physical places and versions of the rows that no run may touch. */
  readonly untouched: string;
  close(): Promise<void>;
}

/** Seconds, where a service would have minutes: what hangs has to be noticed within a seed's patience. */
const statementTimeoutSeconds = 3;
const weaviateTimeoutSeconds = 2;
const farewellMs = 5_000;
const open = { max_share: 1, max_partition_share: 1, max_weekly_share: 1 };

async function createWorld(store: StoreName, servers: Servers): Promise<World> {
  await onServer(servers);
  const installation = await createInstallation({
    postgresUrl: servers.postgres.url,
    temporalAddress: servers.temporal.address,
    ...(servers.weaviate === null ? {} : { weaviateUrl: servers.weaviate.url }),
    settings: {
      database: { statement_timeout_seconds: statementTimeoutSeconds },
      stores: { weaviate: { timeout_seconds: weaviateTimeoutSeconds } },
      jobs: {
        'ttl-cleanup': {
          schedules: [],
          brake: open,
          retry: { retry_delay_seconds: 0.2 },
          parameters: { batch_size: batchSize },
        },
      },
    },
  });
  const { parts } = installation;
  const crew = new Crew(installation);
  const corpus = corpusOf(store === 'postgres' ? 20 : 8);
  await seed(parts, corpus.documents);
  await installAudit(parts.db);
  if (servers.smallDisk !== null) await moveToSmallDisk(parts.db, servers.smallDisk);
  return {
    store,
    servers,
    installation,
    crew,
    corpus,
    before: await contentsOf(parts),
    untouched: await placesOf(installation),
    close: async () => {
      await crew.dismiss('all');
      // It says good-bye to servers that may be down just now, and that go themselves in a moment.
      await Promise.race([installation.close(), sleep(farewellMs)]).catch(() => {});
    },
  };
}

export async function openWorld(store: StoreName, stage: Stage = 'usual'): Promise<World> {
  const servers = await startServers(store, stage);
  try {
    const world = await createWorld(store, servers);
    return {
      ...world,
      close: async () => {
        await world.close().finally(() => servers.stop());
      },
    };
  } catch (error) {
    await servers.stop();
    throw error;
  }
}

/** Digest of where each row that is not due lies and which transaction wrote it: it changes with any write to one. */
export async function placesOf({ parts }: Installation): Promise<string> {
  const { rows } = await sql<{ digest: string }>`
    select md5(string_agg(format('%s %s %s', id, ctid, xmin), ',' order by id)) as digest
    from knowledge.documents where expires_at > now()`.execute(parts.db);
  return rows[0]?.digest ?? '';
}

/** Deadlocks are looked for at once. */
async function onServer({ postgres }: Servers): Promise<void> {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  await client.query("alter system set deadlock_timeout = '100ms'");
  await client.query('select pg_reload_conf()');
  await client.end();
}
