/**
 * `npm run servers -- postgres weaviate temporal` starts real servers without containers and stays until Ctrl-C.
 * With `--prepare` it only fetches or builds what they need, for CI to do beforehand.
 */
import { parseArgs } from 'node:util';
import { helmBinary } from '../chart/helm.ts';
import { serviceMonitorSchema } from '../chart/service-monitor-schema.ts';
import { prepareFalkordb, startFalkordb } from './falkordb.ts';
import { prepareNeo4j, startNeo4j } from './neo4j.ts';
import { preparePostgres, startPostgres } from './postgres.ts';
import { pythonEnvironment } from './python-env.ts';
import { prepareTemporal, startTemporal } from './temporal.ts';
import { prepareWeaviate, startWeaviate } from './weaviate.ts';

interface Running {
  /** For a shell: what to set so that Coppice and its tests use this server. */
  variables: string;
  stop(): Promise<void>;
}

interface Kind {
  prepare(log: (line: string) => void): Promise<void>;
  /** Absent where there is nothing to start. */
  start?(log: (line: string) => void): Promise<Running>;
}

const KINDS: Readonly<Record<string, Kind>> = {
  postgres: {
    prepare: preparePostgres,
    async start(log) {
      const { url, stop } = await startPostgres({ log });
      return { variables: `DATABASE_URL=${url}`, stop };
    },
  },
  weaviate: {
    prepare: prepareWeaviate,
    async start(log) {
      const { url, stop } = await startWeaviate({ log });
      return { variables: `WEAVIATE_URL=${url}`, stop };
    },
  },
  temporal: {
    prepare: prepareTemporal,
    async start(log) {
      const { address, uiUrl, stop } = await startTemporal({ log });
      return { variables: `TEMPORAL_ADDRESS=${address}   # Web UI ${uiUrl}`, stop };
    },
  },
  neo4j: {
    prepare: prepareNeo4j,
    async start(log) {
      const { boltUrl, user, password, stop } = await startNeo4j({ log });
      return { variables: `NEO4J_URI=${boltUrl} NEO4J_USER=${user} NEO4J_PASSWORD=${password}`, stop };
    },
  },
  falkordb: {
    prepare: prepareFalkordb,
    async start(log) {
      const { url, stop } = await startFalkordb({ log });
      return { variables: `FALKORDB_URL=${url}`, stop };
    },
  },
  /** No server: libraries that write databases for the tests. */
  python: {
    async prepare(log) {
      await pythonEnvironment(log);
      await pythonEnvironment(log, 'api-requirements.txt');
    },
  },
  /** No server: Helm, and the schemas that the chart's objects are compared with. */
  chart: {
    async prepare(log) {
      await helmBinary(log);
      await serviceMonitorSchema(log);
      await pythonEnvironment(log, 'chart-requirements.txt');
    },
  },
};

const print = (line: string) => process.stdout.write(`${line}\n`);
const log = (line: string) => process.stderr.write(`${line}\n`);

const { values, positionals } = parseArgs({ allowPositionals: true, options: { prepare: { type: 'boolean' } } });
const unknown = positionals.filter((name) => !(name in KINDS));
if (unknown.length > 0 || positionals.length === 0) {
  if (unknown.length > 0) log(`Unknown server: ${unknown.join(', ')}`);
  log(`Usage: npm run servers -- [--prepare] ${Object.keys(KINDS).join('|')} …`);
  process.exit(2);
}

const kinds = [...new Set(positionals)].flatMap((name) => KINDS[name] ?? []);
const onlyPrepared = positionals.filter((name) => KINDS[name]?.start === undefined);
if (!values.prepare && onlyPrepared.length > 0) {
  log(`Nothing to start: ${onlyPrepared.join(', ')} is only prepared (--prepare)`);
  process.exit(2);
}
if (values.prepare) {
  for (const kind of kinds) await kind.prepare(log);
} else {
  await serve(kinds);
}

async function serve(kinds: readonly Kind[]): Promise<void> {
  const interrupted = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  });
  const starts = await Promise.allSettled(kinds.flatMap((kind) => kind.start?.(log) ?? []));
  const running = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const failures = starts.flatMap((start) => (start.status === 'rejected' ? [start.reason] : []));
  for (const failure of failures) log(failure instanceof Error ? failure.message : String(failure));
  if (failures.length > 0) process.exitCode = 1;
  else {
    for (const server of running) print(server.variables);
    print('Ctrl-C stops them all.');
    await interrupted;
  }
  await Promise.all(running.map((server) => server.stop()));
}
