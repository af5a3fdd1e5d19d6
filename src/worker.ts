import type { Client } from '@temporalio/client';
import { IllegalStateError } from '@temporalio/common';
import { DefaultLogger, NativeConnection, Runtime, type WorkerOptions as SdkWorkerOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import { createHealthActivities } from './activities/health-check/index.ts';
import { createInsightActivities } from './activities/insight-generation/index.ts';
import { createSweepActivities } from './activities/sweep/index.ts';
import { Meter } from './activities/sweep/meter.ts';
import type { TaskDeps } from './activities/task-deps.ts';
import { createUpkeepActivities } from './activities/upkeep/index.ts';
import { createReportActivities } from './activities/weekly-report/index.ts';
import type { Parts } from './assemble.ts';
import type { ConfiguredPlugin } from './config/config.ts';
import { configurationHash } from './config/configuration-hash.ts';
import { configurationDigests } from './config/digest.ts';
import { packageVersion } from './config/package-version.ts';
import { mainQueue } from './config/task-queues.ts';
import type { Db } from './database/schema.ts';
import type { WorkerUsage } from './domain/run.ts';
import { buildIdOf, bundlesOf, type PluginBundle } from './plugins/bundle-files.ts';
import { pluginActivities } from './plugins/implementations.ts';
import { shortDigest } from './plugins/short-digest.ts';
import { type Prepared, prepareLater, prepareState } from './prepare.ts';
import { addUsage } from './state/runs/run-usage.ts';
import type { Tracing } from './telemetry/tracing.ts';
import { dataConverterOf } from './temporal/codec.ts';
import { connectClient } from './temporal/connection.ts';
import { storeQueueOf, taskQueueOf } from './temporal/names.ts';
import { ownScheduleNames } from './temporal/own-schedules.ts';
import { registerSearchAttributes } from './temporal/search-attributes.ts';
import { requireTemporal, type TemporalSettings } from './temporal/settings.ts';
import { tracedWorker } from './temporal/traced-worker.ts';
import { workflowBundle } from './temporal/workflow-bundle.ts';
import { becomeFirstVersion, isOtherCurrent, type WorkerDeployment, workerDeployment } from './worker-deployment.ts';
import { shutdownGraceMs } from './worker-grace.ts';
import { type Presence, tellPresence, workerIdentity } from './worker-presence.ts';
import { servedQueues, storeQueues } from './worker-queues.ts';
import { applyWorkerSchedules } from './worker-schedules.ts';
import { createWorkers, discardWorkers, endWorkers, runTogether } from './worker-set.ts';

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
  readonly onReady?: (info: WorkerPlace) => void;
  /** Names of the task queues that it takes work from: `main`, and those of `worker.task_queues`. All without it. */
  readonly serves?: readonly string[];
  /** `shared`: Temporal's runtime is the application's, if it has installed one; `own` without it. */
  readonly runtime?: 'own' | 'shared';
  /** Ends the worker when it aborts. */
  readonly stop: AbortSignal;
}

/** Where a worker takes its work from. */
export interface WorkerPlace {
  readonly installation: string;
  /** The first of them. */
  readonly taskQueue: string;
  readonly taskQueues: readonly string[];
  readonly namespace: string;
}

/** Runs a worker until it is told to stop. Rejects when it cannot start, or when it fails. */
export async function runWorker(options: WorkerOptions): Promise<void> {
  const { parts, log } = options;
  const temporal = requireTemporal(options.temporal);
  const serves = servedQueues(parts.config, options.serves);
  const bundles = bundlesOf(parts.config);
  const deployment = workerDeployment(parts.config);
  if (options.runtime === 'shared') ensureRuntime(log);
  else installRuntime(log, options.metricsAddress ?? null);
  const prepared = await prepareState(parts);
  const client = await connectClient(temporal);
  const identity = workerIdentity();
  // Before the schedules are touched: a worker of another configuration that starts at this moment notices.
  const { schedulePrefix } = parts.config.temporal;
  const note = { identity, schedulePrefix, configuration: configurationHash(parts.config), release: packageVersion() };
  const presence = await tellPresence(parts.db, note, log);
  try {
    await work({ ...options, temporal, serves }, { ...prepared, client, identity, presence, bundles, deployment });
  } finally {
    await presence.stop();
    await client.connection.close();
  }
}

interface Started extends Prepared {
  readonly bundles: readonly { readonly plugin: ConfiguredPlugin; readonly bundle: PluginBundle }[];
  readonly deployment: WorkerDeployment | null;
  readonly client: Client;
  readonly identity: string;
  readonly presence: Presence;
}

async function work(
  options: WorkerOptions & { readonly temporal: TemporalSettings; readonly serves: readonly string[] },
  started: Started,
): Promise<void> {
  const { parts, temporal, log, stop, serves, tracing = null } = options;
  const { installation, unprepared, client, identity, presence, bundles, deployment } = started;
  const attributes = await registerSearchAttributes(client, log);
  const { config, db } = parts;
  for (const notice of config.notices) log.info(notice);
  const left = deployment !== null && (await isOtherCurrent(client, deployment.version));
  await applyWorkerSchedules({ db, client, installation, config, log }, left ? 'leave' : options.schedules);
  log.info({ embeddings: parts.embedder.description }, 'embeddings of what a refresh writes');
  const dataConverter = await dataConverterOf(temporal.codec);
  const stopping = new AbortController();
  const heartbeatTimeoutMs = config.worker.heartbeatTimeoutSeconds * 1000;
  const deps: TaskDeps = {
    db,
    client,
    namespace: temporal.namespace,
    installation,
    log,
    logStoreTexts: config.logStoreTexts,
    statementTimeoutMs: config.database.statementTimeoutSeconds * 1000,
    configuration: (job) => configurationDigests(config, parts.settings(job).job),
    timings: { heartbeatTimeoutMs, sliceMs, outageMs },
    searchAttributes: attributes,
    meter: new Meter((runId, usage) => keepUsage(db, log, runId, usage)),
    webhook: config.webhook,
    digest: config.digest,
    stopping: stopping.signal,
    settings: parts.settings,
    sweepables: parts.sweepables,
    queueOf: storeQueues(config, installation),
    collections: parts.collections,
    graphs: parts.graphs,
    probes: parts.probes,
    search: parts.search,
    model: parts.model,
    alerts: config.alerts,
    ownSchedules: () => ownScheduleNames(client, installation),
    jobs: config.jobs.map(({ job }) => job.id),
  };
  const uses = { encrypts: dataConverter !== undefined, traces: tracing !== null };
  const shared = {
    namespace: temporal.namespace,
    identity,
    ...(tracing === null ? {} : tracedWorker(tracing)),
    ...(dataConverter === undefined ? {} : { dataConverter }),
    maxConcurrentActivityTaskExecutions: config.worker.maxConcurrentActivities,
    maxCachedWorkflows: mostCachedWorkflows,
    // A worker that is lost to its activities is lost to its workflows: others need not wait for it longer.
    stickyQueueScheduleToStartTimeout: Math.min(longestStickyMs, heartbeatTimeoutMs),
    shutdownGraceTime: shutdownGraceMs,
    ...deployment?.options,
  };
  const sweeping = createSweepActivities(deps);
  const takesRuns = serves.includes(mainQueue);
  const wanted: Omit<SdkWorkerOptions, 'connection'>[] = [];
  if (takesRuns) {
    wanted.push({
      ...shared,
      taskQueue: taskQueueOf(installation),
      workflowBundle: workflowBundle(uses),
      activities: {
        ...sweeping,
        ...createHealthActivities(deps),
        ...createUpkeepActivities(deps),
        ...createInsightActivities(deps),
        ...createReportActivities(deps),
      },
    });
  }
  for (const { plugin, bundle } of takesRuns ? bundles : []) {
    log.info({ plugin: plugin.name, version: plugin.version, bundle: shortDigest(bundle.digest) }, 'plugin');
    const own = pluginActivities(plugin, { db, collections: parts.collections }, Object.keys(sweeping));
    wanted.push({
      ...shared,
      taskQueue: taskQueueOf(installation, plugin.name),
      workflowBundle: workflowBundle(uses, bundle.file),
      activities: { ...own, ...sweeping },
      ...(deployment === null ? unversioned(taskQueueOf(installation, plugin.name), buildIdOf(plugin, bundle)) : {}),
    });
  }
  const { drain } = sweeping;
  for (const name of serves.filter((one) => one !== mainQueue)) {
    wanted.push({ ...shared, taskQueue: storeQueueOf(installation, name), activities: { drain } });
  }
  const connection = await NativeConnection.connect(temporal.options);
  let shutDown = () => {};
  try {
    const workers = await createWorkers(wanted.map((one) => ({ ...one, connection })));
    shutDown = () => {
      void presence.stop();
      // Activities first: they end their batch and hand back before the grace time runs out.
      stopping.abort();
      endWorkers(workers);
    };
    if (stop.aborted) return await discardWorkers(workers);
    stop.addEventListener('abort', shutDown, { once: true });
    void prepareLater(unprepared, log, stop);
    if (deployment !== null) void becomeFirstVersion(client, deployment.version, log, stop);
    const taskQueues = workers.map((worker) => worker.options.taskQueue);
    const [taskQueue = ''] = taskQueues;
    options.onReady?.({ installation, taskQueue, taskQueues, namespace: temporal.namespace });
    await runTogether(workers, shutDown);
  } finally {
    stop.removeEventListener('abort', shutDown);
    await connection.close();
  }
}

/** Names the code of a worker in Temporal, which routes nothing by it. */
function unversioned(deploymentName: string, buildId: string) {
  return { workerDeploymentOptions: { version: { deploymentName, buildId }, useWorkerVersioning: false as const } };
}

/** A failure to record the cost of a run must not fail its work. */
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

/** The runtime can be installed once a process. */
function installRuntime(log: Logger, metricsAddress: string | null): void {
  // A second worker in this process shares it.
  if (runtimeInstalled) return;
  const metrics = metricsAddress === null ? {} : { metrics: { prometheus: { bindAddress: metricsAddress } } };
  Runtime.install({ logger: sdkLogger(log), shutdownSignals: [], telemetryOptions: metrics });
  runtimeInstalled = true;
}

/** Leaves a runtime that exists as it is. The one that the SDK would make by itself handles signals of the process. */
function ensureRuntime(log: Logger): void {
  try {
    Runtime.install({ logger: sdkLogger(log), shutdownSignals: [] });
  } catch (error) {
    if (!(error instanceof IllegalStateError)) throw error;
  }
}

/** The SDK's own log goes where ours goes. */
function sdkLogger(log: Logger): DefaultLogger {
  return new DefaultLogger('WARN', ({ level, message, meta }) => {
    const { error, taskQueue } = meta ?? {};
    const fields = { taskQueue, ...(error instanceof Error ? { error: error.message } : {}) };
    if (level === 'ERROR') log.error(fields, message);
    else log.warn(fields, message);
  });
}
