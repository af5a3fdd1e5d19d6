import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import { createHealthActivities } from './activities/health-check/index.ts';
import { createSweepActivities } from './activities/sweep/index.ts';
import { Meter } from './activities/sweep/meter.ts';
import type { TaskDeps } from './activities/task-deps.ts';
import { createUpkeepActivities } from './activities/upkeep/index.ts';
import type { Parts } from './assemble.ts';
import { configurationDigests } from './config/digest.ts';
import type { WorkerUsage } from './domain/run.ts';
import { prepareLater, prepareState } from './prepare.ts';
import { applySchedules } from './schedules.ts';
import { wasAdopted } from './state/installation.ts';
import { addUsage } from './state/run-usage.ts';
import type { Db } from './state/schema.ts';
import type { Tracing } from './telemetry/tracing.ts';
import { dataConverterOf } from './temporal/codec.ts';
import { connectClient, type TemporalSettings, TemporalUnavailableError } from './temporal/connection.ts';
import { taskQueueOf } from './temporal/names.ts';
import { ownScheduleNames } from './temporal/own-schedules.ts';
import { registerSearchAttributes } from './temporal/search-attributes.ts';
import { tracedWorker } from './temporal/traced-worker.ts';
import { workflowBundle } from './temporal/workflow-bundle.ts';
import { tellPresence, workerIdentity } from './worker-presence.ts';

/** A slice ends well within the grace time, so that a shutdown finds every activity finished in good order. */
const shutdownGraceMs = 30_000;
const sliceMs = 60_000;
const outageMs = 6 * 3_600_000;
const mostCachedWorkflows = 50;
/** As the SDK has it. */
const longestStickyMs = 10_000;

export interface WorkerOptions {
  readonly parts: Parts;
  readonly temporal: TemporalSettings | null;
  readonly log: Logger;
  /** `up` applies schedules as a person would; a plain worker leaves newer ones alone. */
  readonly schedules: 'apply' | 'worker';
  /** Where Prometheus finds the SDK's own metrics, `host:port`; nowhere when absent. */
  readonly metricsAddress?: string;
  /** Where spans of runs go; nowhere when absent. */
  readonly tracing?: Tracing | null;
  /** Called once the worker polls. */
  readonly onReady?: (info: { installation: string; taskQueue: string; namespace: string }) => void;
  /** Ends the worker when it aborts. */
  readonly stop: AbortSignal;
}

/** Runs a worker until it is told to stop. Rejects when it cannot start, or when it fails. */
export async function runWorker(options: WorkerOptions): Promise<void> {
  const { parts, temporal, log, stop, tracing = null } = options;
  if (temporal === null)
    throw new TemporalUnavailableError('no Temporal server is configured and no `coppice up` runs');
  installRuntime(log, options.metricsAddress ?? null);
  const { installation, unprepared } = await prepareState(parts);
  const client = await connectClient(temporal);
  const attributes = await registerSearchAttributes(client, log);
  const {
    jobs,
    collections,
    graphs,
    temporal: { schedulePrefix: prefix },
    schedulesEnabled,
  } = parts.config;
  for (const notice of parts.config.notices) log.info(notice);
  const adopted = await wasAdopted(parts.db);
  const swept = [...collections, ...graphs];
  const catalogue = { installation, jobs, collections: swept, prefix, adopted, enabled: schedulesEnabled };
  const changes = await applySchedules(client, catalogue, options.schedules);
  for (const change of changes) {
    if (change.change !== 'left_to_newer') log.info(change, 'schedule');
    else log.warn(change, 'this schedule differs from the configuration; `coppice schedules apply` changes it');
  }
  const created = changes.filter((one) => one.change === 'created');
  if (created.length > 0 && created.length < changes.length) {
    log.warn(
      { schedules: created.map(({ schedule_id, paused }) => ({ schedule_id, paused })) },
      'this installation has schedules that it did not have before; see coppice schedules list',
    );
  }
  log.info({ embeddings: parts.embedder.description }, 'embeddings of what a refresh writes');
  const running = changes.filter((one) => !one.paused && one.change !== 'deleted').map((one) => one.schedule_id);
  if (!schedulesEnabled && running.length > 0) {
    log.warn(
      { schedules: running },
      'schedules are not enabled, and these run: a person or an earlier start set them so',
    );
  }
  const dataConverter = await dataConverterOf(temporal.codec);
  const connection = await NativeConnection.connect(temporal.options);
  const stopping = new AbortController();
  const heartbeatTimeoutMs = parts.config.worker.heartbeatTimeoutSeconds * 1000;
  const taskQueue = taskQueueOf(installation);
  const { webhookUrl: url, webhookSecret: secret } = parts.config;
  const deps: TaskDeps = {
    db: parts.db,
    client,
    namespace: temporal.namespace,
    installation,
    log,
    logStoreTexts: parts.config.logStoreTexts,
    statementTimeoutMs: parts.config.database.statementTimeoutSeconds * 1000,
    configuration: (job) => configurationDigests(parts.config, parts.settings(job).job),
    timings: { heartbeatTimeoutMs, sliceMs, outageMs },
    searchAttributes: attributes,
    meter: new Meter((runId, usage) => keepUsage(parts.db, log, runId, usage)),
    webhook: url === null ? null : { url, secret },
    stopping: stopping.signal,
    settings: parts.settings,
    sweepables: parts.sweepables,
    collections: parts.collections,
    graphs: parts.graphs,
    probes: parts.probes,
    alerts: parts.config.alerts,
    ownSchedules: () => ownScheduleNames(client, installation),
    jobs: jobs.map(({ job }) => job.id),
  };
  const identity = workerIdentity();
  const worker = await Worker.create({
    connection,
    namespace: temporal.namespace,
    taskQueue,
    identity,
    workflowBundle: workflowBundle({ encrypts: dataConverter !== undefined, traces: tracing !== null }),
    ...(tracing === null ? {} : tracedWorker(tracing)),
    ...(dataConverter === undefined ? {} : { dataConverter }),
    activities: { ...createSweepActivities(deps), ...createHealthActivities(deps), ...createUpkeepActivities(deps) },
    maxConcurrentActivityTaskExecutions: parts.config.worker.maxConcurrentActivities,
    maxCachedWorkflows: mostCachedWorkflows,
    // A worker that is lost to its activities is lost to its workflows: others need not wait for it longer.
    stickyQueueScheduleToStartTimeout: Math.min(longestStickyMs, heartbeatTimeoutMs),
    shutdownGraceTime: shutdownGraceMs,
  });
  const presence = await tellPresence(parts.db, identity, log);
  const shutDown = () => {
    void presence.stop();
    // Activities first: they end their batch and hand back before the grace time runs out.
    stopping.abort();
    worker.shutdown();
  };
  if (stop.aborted) {
    await presence.stop();
    return;
  }
  stop.addEventListener('abort', shutDown, { once: true });
  void prepareLater(unprepared, log, stop);
  options.onReady?.({ installation, taskQueue, namespace: temporal.namespace });
  try {
    await worker.run();
  } finally {
    stop.removeEventListener('abort', shutDown);
    await presence.stop();
    await connection.close();
    await client.connection.close();
  }
}

/** What a run has cost is worth no failure of what it did. */
async function keepUsage(db: Db, log: Logger, runId: string, usage: WorkerUsage): Promise<void> {
  try {
    await addUsage(db, runId, usage);
  } catch (error) {
    log.warn(
      { run_id: runId, error: error instanceof Error ? error.name : 'Error' },
      'what a run used is not recorded',
    );
  }
}

let runtimeInstalled = false;

/** The SDK's own log goes where ours goes. The runtime can be installed once a process. */
function installRuntime(log: Logger, metricsAddress: string | null): void {
  const logger = new DefaultLogger('WARN', ({ level, message, meta }) => {
    const { error, taskQueue } = meta ?? {};
    const fields = { taskQueue, ...(error instanceof Error ? { error: error.message } : {}) };
    if (level === 'ERROR') log.error(fields, message);
    else log.warn(fields, message);
  });
  // A second worker in this process shares it.
  if (runtimeInstalled) return;
  const metrics = metricsAddress === null ? {} : { metrics: { prometheus: { bindAddress: metricsAddress } } };
  Runtime.install({ logger, shutdownSignals: [], telemetryOptions: metrics });
  runtimeInstalled = true;
}
