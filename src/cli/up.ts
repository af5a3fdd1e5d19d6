import { join } from 'node:path';
import { pino } from 'pino';
import { assemble } from '../assemble.ts';
import type { Config } from '../config/config.ts';
import { demoConfig } from '../demo/configuration.ts';
import { ensureDataDir } from '../local/data-dir.ts';
import { startEmbeddedPostgres } from '../local/embedded-postgres.ts';
import { freePort } from '../local/free-port.ts';
import { startTemporalServer } from '../local/temporal-server.ts';
import type { Context } from '../operations/context.ts';
import { prepareState } from '../prepare.ts';
import { createLogger } from '../telemetry/logger.ts';
import { startTracing } from '../telemetry/start-tracing.ts';
import { clientOnDemand } from '../temporal/client-on-demand.ts';
import { searchAttributes } from '../temporal/names.ts';
import { type TemporalSettings, temporalSettings } from '../temporal/settings.ts';
import { runWorker } from '../worker.ts';
import { showDemo } from './demo.ts';
import type { Output } from './output.ts';
import { lockUp, removeRunningUp, writeRunningUp } from './running-up.ts';
import { requester } from './session.ts';
import { stopOnSignals } from './signals.ts';
import { bold, cyan } from './style.ts';
import { consoleAddress, startUpApi } from './up-api.ts';

export interface UpOptions {
  readonly demo: boolean;
  readonly port: number;
  readonly uiPort: number;
  readonly temporalPort: number;
  readonly apiPort: number;
  readonly host?: string;
}

/** Starts what is missing, runs the worker until Ctrl-C, then stops in the opposite order what was started. */
export async function up(configured: Config, options: UpOptions, output: Output): Promise<void> {
  const stop = stopOnSignals();
  const say = (line: string) => output.note(line);
  ensureDataDir(configured.dataDir);
  const unlock = await lockUp(configured.dataDir);
  const started: { stop(): Promise<unknown> }[] = [{ stop: async () => unlock() }];
  try {
    const [databaseUrl, temporal] = await Promise.all([
      database(configured, options, say, stop, started),
      temporalServer(configured, options, say, stop, started),
    ]);
    const assembled = await assemble(configured, databaseUrl, 'coppice up');
    started.push({ stop: () => assembled.close() });
    await prepareState(assembled);
    const { client, close } = clientOnDemand(temporal);
    started.push({ stop: close });
    const context = { parts: assembled, namespace: temporal.namespace, requestedBy: requester(), client };
    if (options.demo) await showDemo.load(context, say);
    // Only now is it known when the worker begins: on a slow machine the one-time schedule would have passed by then.
    const parts = options.demo ? { ...assembled, config: demoConfig(configured, new Date()) } : assembled;
    await work({ context: { ...context, parts }, temporal, databaseUrl, options, output, stop, started });
  } catch (error) {
    // Ctrl-C during the start is no failure.
    if (!stop.aborted) throw error;
  } finally {
    removeRunningUp(configured.dataDir);
    for (const one of started.toReversed()) await one.stop();
  }
}

type Say = (line: string) => void;
type Started = { stop(): Promise<unknown> }[];

async function database(
  config: Config,
  options: UpOptions,
  say: Say,
  signal: AbortSignal,
  started: Started,
): Promise<string> {
  if (config.database.url !== null) return config.database.url;
  const embedded = await startEmbeddedPostgres({ dataDir: config.dataDir, port: options.port, log: say, signal });
  started.push(embedded);
  return embedded.url;
}

interface UpTemporal extends TemporalSettings {
  readonly uiUrl: string | null;
}

async function temporalServer(
  config: Config,
  options: UpOptions,
  say: Say,
  signal: AbortSignal,
  started: Started,
): Promise<UpTemporal> {
  const existing = temporalSettings(config.temporal, null);
  if (existing !== null) return { ...existing, uiUrl: null };
  const { dataDir } = config;
  const { temporalPort: port, uiPort } = options;
  const server = await startTemporalServer({
    dataDir,
    port,
    uiPort,
    env: process.env,
    searchAttributes,
    log: say,
    signal,
  });
  started.push(server);
  const { address, uiUrl } = server;
  return {
    address,
    namespace: config.temporal.namespace ?? 'default',
    options: { address },
    codec: config.temporal.codec,
    uiUrl,
  };
}

interface Work {
  readonly context: Context;
  readonly temporal: UpTemporal;
  readonly databaseUrl: string;
  readonly options: UpOptions;
  readonly output: Output;
  readonly stop: AbortSignal;
  readonly started: Started;
}

async function work({ context, temporal, databaseUrl, options, output, stop, started }: Work): Promise<void> {
  const { parts } = context;
  const { config } = parts;
  const log = createLogger(
    config.logLevel,
    options.demo ? pino.destination(join(config.dataDir, 'worker.log')) : undefined,
  );
  const metricsAddress = `127.0.0.1:${await freePort()}`;
  const tracing = await startTracing(config, log);
  started.push({ stop: async () => tracing?.close() });
  const api = await startUpApi({
    context,
    temporalUiUrl: temporal.uiUrl,
    log,
    host: options.host ?? null,
    port: options.apiPort,
    sdkMetricsUrl: `http://${metricsAddress}/metrics`,
    say: (line) => output.note(line),
  });
  started.push({ stop: api.close });
  // At once, while the worker still finishes what it has in hand.
  stop.addEventListener('abort', () => void api.close(), { once: true });
  // A log keeps what it is given: the link is for a person who looks on.
  const consoleUrl = output.interactive ? await consoleAddress(context, api.url) : api.url;
  await runWorker({
    parts,
    temporal,
    log,
    tracing,
    metricsAddress,
    schedules: 'apply',
    stop,
    onReady: ({ installation, taskQueue, namespace }) => {
      const running = {
        pid: process.pid,
        installation,
        task_queue: taskQueue,
        database_url: config.database.url === null ? databaseUrl : null,
        temporal_address: temporal.address,
        namespace,
        ui_url: temporal.uiUrl,
        api_url: api.url,
        started_at: new Date().toISOString(),
      };
      writeRunningUp(config.dataDir, running);
      output.result(running, () => greeting(temporal, taskQueue, { apiUrl: api.url, consoleUrl }));
      if (options.demo) void showDemo.watch(parts, (line) => output.note(line), runsUrl(temporal), stop);
    },
  });
}

function runsUrl({ uiUrl, namespace }: UpTemporal): string | null {
  return uiUrl === null ? null : `${uiUrl}/namespaces/${namespace}/workflows`;
}

function greeting(
  temporal: UpTemporal,
  taskQueue: string,
  { apiUrl, consoleUrl }: { readonly apiUrl: string; readonly consoleUrl: string },
): string[] {
  return [
    '',
    bold('Coppice is up.'),
    `  Console        ${cyan(consoleUrl)}`,
    ...(consoleUrl === apiUrl
      ? []
      : ['                 signs in once, within ten minutes; another link: coppice console']),
    `  Temporal       ${temporal.address}, task queue ${taskQueue}`,
    ...(temporal.uiUrl === null ? [] : [`  Web UI         ${cyan(temporal.uiUrl)}`]),
    `  HTTP API       ${cyan(apiUrl)}, to read at /docs`,
    '  Look           coppice runs · coppice schedules list · coppice preview ttl-cleanup',
    '  Stop           Ctrl-C',
    '',
  ];
}
