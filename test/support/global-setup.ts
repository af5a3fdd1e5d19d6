import type { TestProject } from 'vitest/node';
import { startFalkordb } from '../../tools/servers/falkordb.ts';
import { startNeo4j } from '../../tools/servers/neo4j.ts';
import { startPostgres } from '../../tools/servers/postgres.ts';
import { startTemporal } from '../../tools/servers/temporal.ts';
import { startWeaviate } from '../../tools/servers/weaviate.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Native PostgreSQL with pgvector; `null` when it could not be started. */
    postgresUrl: string | null;
    weaviateUrl: string | null;
    temporalAddress: string | null;
    /** Neo4j with Graph Data Science: `bolt://user:password@host:port`. */
    neo4jUrl: string | null;
    /** `redis://:password@host:port`. */
    falkordbUrl: string | null;
  }
}

type Stoppable = { stop(): Promise<unknown> };

/**
 * Starts the real servers once for the whole run. What cannot start is reported and its tests are skipped;
 * `COPPICE_REQUIRE=all` makes that an error.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started: Stoppable[] = [];
  const attempt = async <T extends Stoppable>(name: string, start: () => Promise<T>): Promise<T | null> => {
    try {
      const server = await start();
      started.push(server);
      return server;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (process.env.COPPICE_REQUIRE === 'all') throw new Error(`${name} is required and cannot start: ${reason}`);
      process.stderr.write(`SKIPPED: ${name} cannot start, tests that need it are skipped: ${reason}\n`);
      return null;
    }
  };
  const log = (line: string) => process.stderr.write(`${line}\n`);
  const [postgres, weaviate, temporal, neo4j, falkordb] = await Promise.all([
    attempt('PostgreSQL', () => ownPostgres() ?? startPostgres({ fast: true, log })),
    attempt('Weaviate', () => startWeaviate({ log })),
    attempt('Temporal', () => startTemporal({ log })),
    attempt('Neo4j', () => startNeo4j({ fast: true, log })),
    attempt('FalkorDB', () => startFalkordb({ log })),
  ]);
  project.provide('postgresUrl', postgres?.url ?? null);
  project.provide('weaviateUrl', weaviate?.url ?? null);
  project.provide('temporalAddress', temporal?.address ?? null);
  project.provide('neo4jUrl', neo4j?.url ?? null);
  project.provide('falkordbUrl', falkordb?.url ?? null);
  return async () => {
    await Promise.all(started.map((server) => server.stop()));
  };
}

/** A server of one's own, on platforms for which there is no wheel. */
function ownPostgres(): Promise<Stoppable & { url: string }> | null {
  const url = process.env.COPPICE_TEST_POSTGRES_URL;
  return url === undefined ? null : Promise.resolve({ url, stop: async () => {} });
}
