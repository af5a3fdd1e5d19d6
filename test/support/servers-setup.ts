import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { TestProject } from 'vitest/node';
import { startFalkordb } from '../../tools/servers/falkordb.ts';
import { startNeo4j } from '../../tools/servers/neo4j.ts';
import { startPostgres } from '../../tools/servers/postgres.ts';
import { startTemporal } from '../../tools/servers/temporal.ts';
import { startWeaviate } from '../../tools/servers/weaviate.ts';
import { type ServerAnswer, type SharedServer, serverTitles } from './servers.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the process that starts servers on request. */
    serverBroker: string;
  }
}

interface Running {
  readonly url: string;
  stop(): Promise<unknown>;
}

const log = (line: string) => process.stderr.write(`${line}\n`);

const starts: Readonly<Record<SharedServer, () => Promise<Running>>> = {
  postgres: () => ownPostgres() ?? startPostgres({ fast: true, log }),
  weaviate: () => startWeaviate({ log }),
  temporal: async () => {
    const { address: url, stop } = await startTemporal({ log, dynamicConfig: ['frontend.WorkflowPauseEnabled=true'] });
    return { url, stop };
  },
  neo4j: () => startNeo4j({ fast: true, log }),
  falkordb: () => startFalkordb({ log }),
};

/** Servers that `npm test` leaves to `npm run test:all`: they take long to build or to start. */
const slow: readonly SharedServer[] = ['weaviate', 'neo4j'];

/** `COPPICE_TEST_SERVERS=quick` leaves the slow servers out. */
const quick = process.env.COPPICE_TEST_SERVERS === 'quick';

/** One broker serves all projects of a run: each project has a module instance of its own, the process is the same. */
const shared = globalThis as { coppiceServerBroker?: Promise<Broker>; coppiceServerBrokerUsers?: number };

/**
 * Provides the address of a broker that starts each real server when a test first asks for it. A server that cannot
 * start is reported and its tests are skipped; `COPPICE_REQUIRE=all` makes that an error.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  shared.coppiceServerBrokerUsers = (shared.coppiceServerBrokerUsers ?? 0) + 1;
  shared.coppiceServerBroker ??= startBroker();
  const broker = await shared.coppiceServerBroker;
  project.provide('serverBroker', broker.url);
  return async () => {
    shared.coppiceServerBrokerUsers = (shared.coppiceServerBrokerUsers ?? 1) - 1;
    if (shared.coppiceServerBrokerUsers > 0) return;
    delete shared.coppiceServerBroker;
    await broker.stop();
  };
}

interface Broker {
  readonly url: string;
  stop(): Promise<void>;
}

async function startBroker(): Promise<Broker> {
  const running = new Map<string, Promise<Running | string>>();
  const start = (name: SharedServer) => {
    const known = running.get(name);
    if (known !== undefined) return known;
    const attempt = starts[name]().catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      log(`SKIPPED: ${serverTitles[name]} cannot start, tests that need it are skipped: ${reason}`);
      return reason;
    });
    running.set(name, attempt);
    return attempt;
  };
  const server = createServer((request, response) => {
    answer(request.url?.slice(1) ?? '', start).then(
      ({ code, body }) => response.writeHead(code).end(body),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      const all = await Promise.all(running.values());
      await Promise.all(all.map((one) => (typeof one === 'string' ? null : one.stop())));
    },
  };
}

async function answer(
  name: string,
  start: (name: SharedServer) => Promise<Running | string>,
): Promise<{ code: number; body: string }> {
  if (!isShared(name)) return { code: 404, body: `there is no server ${name}` };
  const found = (url: string | null, reason: string) => ({
    code: 200,
    body: JSON.stringify({ url, reason } satisfies ServerAnswer),
  });
  if (quick && slow.includes(name)) return found(null, `${serverTitles[name]} is left to npm run test:all`);
  const started = await start(name);
  if (typeof started !== 'string') return found(started.url, '');
  if (process.env.COPPICE_REQUIRE === 'all') return { code: 503, body: started };
  return found(null, `${serverTitles[name]} could not be started`);
}

function isShared(name: string): name is SharedServer {
  return name in starts;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server broker has no port');
  return address.port;
}

/** A PostgreSQL server of the developer's own, on platforms for which there is no wheel. */
function ownPostgres(): Promise<Running> | null {
  const url = process.env.COPPICE_TEST_POSTGRES_URL;
  return url === undefined ? null : Promise.resolve({ url, stop: async () => {} });
}
