import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { catalogue } from '../../src/jobs/index.ts';
import { freePort } from '../../src/local/free-port.ts';
import { startFalkordb } from '../../tools/servers/falkordb.ts';
import { type Neo4jServer, startNeo4j } from '../../tools/servers/neo4j.ts';
import { type Servers, startServers } from '../chaos/harness/servers.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { type PageSite, settingsFor, startPageSite } from '../support/page-site.ts';
import { type Restartable, restartable } from '../support/restartable.ts';

import type { SoakOptions } from './options.ts';

/** The servers, the sources and the installation of a soak. */
export interface Place {
  readonly servers: Servers;
  readonly falkordb: Restartable & { readonly url: string };
  readonly neo4j: (Restartable & { readonly server: Neo4jServer }) | null;
  readonly site: PageSite;
  readonly installation: Installation;
  /** Where processes write what they hold. */
  readonly folder: string;
  close(): Promise<void>;
}

const log = () => {};

export async function openPlace(options: SoakOptions): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'coppice-soak-'));
  const started: { stop(): Promise<void> }[] = [];
  const close = async () => {
    for (const one of started.toReversed()) await one.stop().catch(() => {});
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const servers = await startServers('weaviate', 'usual');
    started.push(servers);
    const place = { dir: join(folder, 'falkordb'), port: await freePort(), durable: true, log };
    mkdirSync(place.dir);
    const falkordb = await restartable(() => startFalkordb(place), started);
    const neo4j = options.neo4j ? await startableNeo4j(join(folder, 'neo4j'), started) : null;
    const site = await startPageSite();
    started.push(site);
    const installation = await createInstallation({
      postgresUrl: servers.postgres.url,
      temporalAddress: servers.temporal.address,
      weaviateUrl: servers.weaviate?.url ?? '',
      settings: settingsOf({ options, falkordbUrl: falkordb.first.url, neo4j: neo4j?.server ?? null, site }),
    });
    started.push({ stop: () => installation.close() });
    const { url } = falkordb.first;
    return { servers, falkordb: { ...falkordb, url }, neo4j, site, installation, folder, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startableNeo4j(dir: string, started: { stop(): Promise<void> }[]) {
  mkdirSync(dir);
  const port = await freePort();
  const server = await restartable(() => startNeo4j({ dir, port, fast: true, heapMb: 512, log }), started);
  return { ...server, server: server.first };
}

interface Addresses {
  readonly options: SoakOptions;
  readonly falkordbUrl: string;
  readonly neo4j: Neo4jServer | null;
  readonly site: PageSite;
}

function settingsOf({ options, falkordbUrl, neo4j, site }: Addresses) {
  const brake = { max_share: 1, max_partition_share: 1, max_weekly_share: 1 };
  const common = { enabled: true, schedules: [{ every_seconds: options.everySeconds }] };
  const sweep = { brake, retry: { max_retries: 2, retry_delay_seconds: 1 } };
  const redis = new URL(falkordbUrl);
  const password = decodeURIComponent(redis.password);
  redis.password = '';
  return {
    database: { statement_timeout_seconds: 5 },
    stores: {
      weaviate: { timeout_seconds: 3 },
      falkordb: { url: redis.href, password, timeout_seconds: 3 },
      ...(neo4j === null ? {} : { neo4j: neo4jSettings(neo4j) }),
    },
    collections: {
      documents: {},
      facts: { kind: 'memories' },
      queries: { kind: 'queries' },
      attributes: { kind: 'attributes' },
    },
    graphs: {
      graph: null,
      falkor: { in: 'falkordb', preset: 'graphiti' },
      ...(neo4j === null ? {} : { neo: { in: 'neo4j', preset: 'graphiti' } }),
    },
    sources: settingsFor(site),
    jobs: Object.fromEntries(
      catalogue.map(({ id, target }) => [id, target === 'none' ? common : { ...common, ...sweep }]),
    ),
  };
}

function neo4jSettings({ boltUrl, user, password }: Neo4jServer) {
  return { url: boltUrl, user, password, timeout_seconds: 5 };
}
