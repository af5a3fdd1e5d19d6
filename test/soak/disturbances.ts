import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Crew, Member } from '../chaos/harness/crew.ts';
import { type SwallowingProxy, startProxy } from '../chaos/harness/proxy.ts';
import type { Restartable } from '../support/restartable.ts';
import type { Place } from './place.ts';

export interface Disturbance {
  readonly name: string;
  readonly strike: () => Promise<void>;
}

/** Proxies of the worker that is measured, which lives as long as the soak: what breaks for it are its connections. */
export interface Lines {
  readonly postgres: SwallowingProxy;
  readonly weaviate: SwallowingProxy;
  /** The environment of a worker behind them. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export async function openLines({ installation, servers }: Place): Promise<Lines> {
  const addresses = { DATABASE_URL: installation.databaseUrl, WEAVIATE_URL: servers.weaviate?.url ?? '' };
  const postgres = await startProxy(addresses.DATABASE_URL);
  const weaviate = await startProxy(addresses.WEAVIATE_URL);
  const through = (address: string, { port }: SwallowingProxy) => {
    const url = new URL(address);
    url.port = String(port);
    return url.href;
  };
  const env = {
    DATABASE_URL: through(addresses.DATABASE_URL, postgres),
    WEAVIATE_URL: through(addresses.WEAVIATE_URL, weaviate),
  };
  return { postgres, weaviate, env, close: async () => void (await Promise.all([postgres.close(), weaviate.close()])) };
}

/** Faults of `npm run chaos`, one after the other; the worker that is measured is never killed. */
export function disturbances(place: Place, crew: Crew, steady: Member, lines: Lines): readonly Disturbance[] {
  const { servers, falkordb, neo4j, installation } = place;
  const victim = async () => crew.members.find((one) => one !== steady) ?? crew.start();
  const restart = (name: string, server: Restartable): Disturbance => ({
    name: `${name} killed and started again`,
    strike: async () => {
      await server.kill();
      await sleep(1_000);
      await server.start();
    },
  });
  const swallow = (name: string, proxy: SwallowingProxy): Disturbance => ({
    name: `connections to ${name} swallow everything`,
    strike: async () => {
      proxy.swallowNew(true);
      proxy.swallow();
      await sleep(4_000);
      proxy.swallowNew(false);
    },
  });
  return [
    {
      name: 'worker killed (SIGKILL), a new one started',
      strike: async () => {
        await crew.kill(await victim());
        await crew.start();
      },
    },
    swallow('PostgreSQL', lines.postgres),
    restart('Weaviate', servers.weaviate ?? falkordb),
    {
      name: 'worker frozen (SIGSTOP) and thawed',
      strike: async () => {
        const member = await victim();
        crew.freeze(member);
        await sleep(6_000);
        crew.thaw(member);
      },
    },
    restart('PostgreSQL', servers.postgres),
    swallow('Weaviate', lines.weaviate),
    restart('FalkorDB', falkordb),
    {
      name: 'database sessions ended (pg_terminate_backend)',
      strike: async () => {
        await sql`select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid()`.execute(installation.parts.db);
      },
    },
    restart('Temporal', servers.temporal),
    {
      name: 'worker told to stop (SIGTERM), a new one started',
      strike: async () => {
        await crew.stop(await victim());
        await crew.start();
      },
    },
    ...(neo4j === null ? [] : [restart('Neo4j', neo4j)]),
  ];
}
