import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { stringify } from 'yaml';
import { assemble, type Parts } from '../../src/assemble.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Context } from '../../src/operations/context.ts';
import { migrateAll } from '../../src/prepare.ts';
import { connectClient } from '../../src/temporal/connection.ts';
import { scheduleEntries } from '../../src/temporal/own-schedules.ts';
import { temporalSettings } from '../../src/temporal/settings.ts';
import { createDatabase } from '../../tools/servers/database.ts';
import { type CliResult, runCli } from './run-cli.ts';
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts';

export interface InstallationOptions {
  /** A server on which a database is made for this installation. */
  readonly postgresUrl: string;
  readonly temporalAddress: string;
  /** Vectors go to Weaviate when given, to the chunk table when not. */
  readonly weaviateUrl?: string;
  /** Fills the database as an application has before Coppice comes. */
  readonly application?: (databaseUrl: string) => Promise<unknown>;
  /** Further settings of `coppice.yaml`. */
  readonly settings?: {
    readonly jobs?: object;
    readonly collections?: object;
    readonly graphs?: object;
    readonly database?: object;
    readonly stores?: object;
    readonly sources?: object;
    readonly embeddings?: object;
    readonly webhook_url?: string;
    readonly weekly_digest?: object;
    readonly runs?: object;
    readonly temporal?: object;
    readonly worker?: object;
  };
}

/** One installation of Coppice on real servers: its database, its configuration, its workers. */
export interface Installation {
  readonly parts: Parts;
  readonly context: Context;
  readonly client: Client;
  readonly id: string;
  readonly schedulePrefix: string;
  readonly databaseUrl: string;
  /** The class of its vectors in Weaviate, if they are there. */
  readonly vectorClass: string;
  readonly env: NodeJS.ProcessEnv;
  /** With more arguments of `coppice worker`. */
  worker(...args: string[]): Promise<WorkerProcess>;
  cli(...args: string[]): Promise<CliResult>;
  close(): Promise<void>;
}

/** Short, so that a killed worker is noticed within a test's patience. */
const heartbeatTimeoutSeconds = '1';

/** Jobs of which no schedule starts a run within a test, unless the test gives one: some would at every full hour. */
const quietJobs = [
  'health-check',
  'upkeep',
  'group-maintenance',
  'graph-recompute',
  'deduplicate-facts',
  'archive-facts',
  'audit-invalidations',
];
const yearly = { schedules: [{ cron: '0 0 1 1 *' }] };

function withQuietJobs(jobs: Readonly<Record<string, object | null | undefined>>): object {
  return { ...jobs, ...Object.fromEntries(quietJobs.map((job) => [job, { ...yearly, ...jobs[job] }])) };
}

/** Vectors of the documents are where the installation has them, whatever else a test configures of the collection. */
function withVectors(collections: object, vectors: object): object {
  return 'documents' in collections
    ? { ...collections, documents: { ...vectors, ...(collections.documents as object) } }
    : collections;
}

export async function createInstallation(options: InstallationOptions): Promise<Installation> {
  const database = await createDatabase(options.postgresUrl);
  await options.application?.(database.url);
  const folder = mkdtempSync(join(tmpdir(), 'coppice-test-'));
  const name = randomBytes(4).toString('hex');
  const file = join(folder, 'coppice.yaml');
  const vectors = options.weaviateUrl === undefined ? {} : { vectors: { in: 'weaviate', class: `Chunk_${name}` } };
  const schedulePrefix = `t${name}-`;
  const settings = {
    graphs: { graph: null },
    ...options.settings,
    temporal: { schedule_prefix: schedulePrefix, ...options.settings?.temporal },
    collections: withVectors(options.settings?.collections ?? { documents: {} }, vectors),
    jobs: withQuietJobs({ ...options.settings?.jobs }),
  };
  writeFileSync(file, stringify(settings));
  const env = {
    ...process.env,
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: options.temporalAddress,
    COPPICE_CONFIG: file,
    COPPICE_DATA_DIR: join(folder, 'data'),
    COPPICE_HEARTBEAT_TIMEOUT_SECONDS: heartbeatTimeoutSeconds,
    NO_COLOR: '1',
    ...(options.weaviateUrl === undefined ? {} : { WEAVIATE_URL: options.weaviateUrl }),
  };
  const config = loadConfig(env);
  const parts = await assemble(config, database.url, 'test');
  const { installation: id } = await migrateAll(parts);
  const client = await connectClient(temporalSettings(config.temporal, null));
  const workers: WorkerProcess[] = [];
  return {
    parts,
    client,
    id,
    schedulePrefix,
    vectorClass: `Chunk_${name}`,
    env,
    databaseUrl: database.url,
    context: { parts, namespace: 'default', requestedBy: 'test', client: async () => client },
    worker: async (...args) => {
      const worker = await startWorkerProcess(args, env);
      workers.push(worker);
      return worker;
    },
    cli: (...args) => runCli(args, env),
    close: async () => {
      await Promise.all(workers.map((worker) => worker.stop()));
      for await (const { id: scheduleId } of scheduleEntries(client)) {
        if (scheduleId.startsWith(schedulePrefix)) await client.schedule.getHandle(scheduleId).delete();
      }
      await client.connection.close();
      await parts.close();
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
