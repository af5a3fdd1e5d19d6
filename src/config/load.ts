import type { GraphMapping } from '../domain/graph-mapping.ts';
import { kindOf } from '../domain/mapped-fields.ts';
import type { CollectionMapping } from '../domain/mapping.ts';
import { whyNotRewritable, whyNotSwept } from '../domain/needs.ts';
import { catalogue } from '../jobs/index.ts';
import type { Job, Parameters, ScheduleDefinition } from '../jobs/job.ts';
import type { Config, ConfiguredPlugin, JobSettings, LogLevel } from './config.ts';
import { dataDirOf, type Flags, findFile, readSettings } from './config-file.ts';
import { problemOfDatabaseUrl } from './database-url.ts';
import { deploymentOf } from './deployment.ts';
import { toEmbeddings } from './embeddings.ts';
import { ConfigError } from './errors.ts';
import { type FileSettings, heartbeatTimeout, type JobFileSettings } from './file-schema.ts';
import { graphProblems } from './graph-problems.ts';
import { toGraphMapping } from './graphs.ts';
import { toIdentity } from './identity.ts';
import { installationNameOf } from './installation-name.ts';
import { toIntelligence } from './intelligence.ts';
import { ledgerOf } from './ledger-settings.ts';
import { kindProblems, toMapping } from './mapping.ts';
import { whyGraphNotSwept } from './merge-fields.ts';
import { toModel } from './model.ts';
import { overlapProblems } from './overlapping-collections.ts';
import { readAlerts } from './read-alerts.ts';
import { readGlobalAliases, readJobAliases } from './read-aliases.ts';
import { type Environment, set } from './set.ts';
import { toSources } from './sources.ts';
import { checkStores, falkordbOf, neo4jOf, weaviateOf } from './stores.ts';
import { toTaskQueues } from './task-queues.ts';
import { toTraces } from './traces.ts';
import { toWebhooks } from './webhook.ts';

const defaultActivities = 5;
const defaultQueueSize = 100;
const defaultLedgerDays = 30;

/** Flags over environment over file over defaults. Throws `ConfigError` with every problem there is. */
export function loadConfig(env: Environment, flags: Flags = {}, plugins: readonly ConfiguredPlugin[] = []): Config {
  const problems: string[] = [];
  const dataDir = dataDirOf(env, flags);
  const jobs = [...catalogue, ...plugins.flatMap((plugin) => plugin.jobs)];
  const file = findFile(env, flags, dataDir, problems);
  const settings = file === null ? {} : readSettings(file, jobs, problems);
  const collections = Object.entries(
    settings.collections ?? (settings.graphs === undefined ? { documents: null } : {}),
  ).map(([name, one]) => {
    problems.push(...kindProblems(name, one));
    return toMapping(name, one);
  });
  problems.push(...overlapProblems(collections));
  const graphs = graphsOf(settings, collections, problems);
  const url = flags.databaseUrl ?? set(env.DATABASE_URL) ?? settings.database?.url ?? null;
  const aliases = readGlobalAliases(env, catalogue, problems);
  const notices = [...aliases.notices];
  const config: Config = {
    file,
    installation: installationNameOf(env, settings.installation, problems),
    dataDir,
    database: {
      url,
      maxConnections: settings.database?.max_connections ?? 10,
      statementTimeoutSeconds: settings.database?.statement_timeout_seconds ?? 120,
      migrations: settings.database?.migrations ?? 'on',
    },
    temporal: {
      address: flags.address ?? set(env.TEMPORAL_ADDRESS) ?? settings.temporal?.address ?? null,
      namespace: flags.namespace ?? set(env.TEMPORAL_NAMESPACE) ?? settings.temporal?.namespace ?? null,
      profile: set(env.TEMPORAL_PROFILE) ?? settings.temporal?.profile ?? null,
      schedulePrefix: settings.temporal?.schedule_prefix ?? '',
      codec: codecOf(env),
      deployment: deploymentOf(env, settings.temporal?.deployment, problems),
    },
    worker: {
      heartbeatTimeoutSeconds: heartbeatTimeoutOf(env, settings, problems),
      maxConcurrentActivities:
        aliases.maxConcurrentActivities ?? settings.worker?.max_concurrent_activities ?? defaultActivities,
      maxConcurrentRecomputes: settings.worker?.max_concurrent_recomputes ?? 1,
      taskQueues: toTaskQueues(
        settings.worker?.task_queues,
        [...collections, ...graphs].map(({ name }) => name),
        problems,
      ),
    },
    runs: { queueSize: aliases.queueSize ?? settings.runs?.queue_size ?? defaultQueueSize },
    schedulesEnabled: aliases.schedulesEnabled ?? settings.schedules_enabled ?? true,
    alerts: readAlerts(settings.alerts),
    api: apiOf(env, settings, problems),
    weaviate: weaviateOf(env, settings),
    neo4j: neo4jOf(env, settings, problems),
    falkordb: falkordbOf(env, settings),
    traces: toTraces(settings.traces, env, problems, notices),
    sources: toSources(settings.sources),
    embeddings: toEmbeddings(settings.embeddings, set(env.EMBEDDINGS_API_KEY), problems),
    model: toModel(settings.model, env, problems),
    collections,
    graphs,
    intelligence: toIntelligence(settings.intelligence, { collections, graphs }, problems),
    plugins,
    jobs: jobs.map((job) => jobSettings(job, settings, env, { collections, graphs }, problems)),
    ...toWebhooks(settings, env, problems),
    notices,
    logLevel: logLevelOf(env, settings, problems),
    logStoreTexts: settings.log_store_texts ?? false,
  };
  checkDatabase(config, env, problems);
  checkStores(config, problems);
  // One variable may set several jobs, and be wrong for each.
  if (problems.length > 0) throw new ConfigError([...new Set(problems)]);
  return config;
}

/** Keys never stand in a file. Given ones go before a command. */
function codecOf(env: Environment): Config['temporal']['codec'] {
  const keys = set(env.COPPICE_CODEC_KEYS) ?? null;
  const command = set(env.COPPICE_CODEC_KEY_COMMAND) ?? null;
  return keys === null && command === null ? null : { keys, command };
}

/** A configuration that names neither collections nor graphs has the collection and the graph of the default schema. */
function graphsOf(
  settings: FileSettings,
  collections: readonly CollectionMapping[],
  problems: string[],
): GraphMapping[] {
  const said = settings.graphs ?? (settings.collections === undefined ? { graph: null } : {});
  const graphs = Object.entries(said).map(([name, one]) => {
    const mapping = toGraphMapping(name, one);
    problems.push(...graphProblems(mapping, one));
    return mapping;
  });
  for (const { name } of graphs) {
    if (collections.some((one) => one.name === name)) {
      problems.push(`graphs.${name}: a collection has that name; locks and the ledger know both by it`);
    }
  }
  return graphs;
}

interface Data {
  readonly collections: readonly CollectionMapping[];
  readonly graphs: readonly GraphMapping[];
}

function jobSettings(job: Job, file: FileSettings, env: Environment, data: Data, problems: string[]): JobSettings {
  const own = jobInFile(file, job.id);
  const known = workedOnBy(job, data).map((one) => one.name);
  const what = job.target === 'graph' ? 'graph' : 'collection';
  for (const name of own.collections ?? []) {
    if (!known.includes(name)) problems.push(`jobs.${job.id}.collections: there is no ${what} '${name}'`);
  }
  const aliases = readJobAliases(job, env, problems);
  const enabled = aliases.enabled ?? own.enabled;
  return {
    job,
    collections: (own.collections ?? known).filter((name) => isSwept(job, data, name, own.collections, problems)),
    parameters: { ...defined(own.parameters), ...aliases.parameters },
    schedules: schedulesOf(job, own.schedules, aliases.schedule).map((one) => ({
      ...(enabled === undefined ? {} : { enabled }),
      ...one,
      parameters: defined(one.parameters),
    })),
    brake: { ...job.brake, ...own.brake },
    retry: { ...job.retry, ...own.retry },
    concurrency: aliases.concurrency ?? own.concurrency ?? job.concurrency,
    priority: own.priority ?? job.priority ?? 'medium',
    ledger: ledgerOf(job, own, ledgerDays(file), problems),
  };
}

function workedOnBy(job: Job, { collections, graphs }: Data): readonly (CollectionMapping | GraphMapping)[] {
  const { target } = job;
  if (target === 'none') return collections.filter((one) => kindOf(one) === job.reads);
  return target === 'graph' ? graphs : collections;
}

function jobInFile(file: FileSettings, id: string): JobFileSettings {
  return file.jobs?.[id] ?? {};
}

/** The retention that `upkeep` is given applies to jobs without one of their own; an undo is refused after it, too. */
function ledgerDays(file: FileSettings): number {
  const days = jobInFile(file, 'upkeep').parameters?.ledger_retention_days;
  return typeof days === 'number' ? days : defaultLedgerDays;
}

function schedulesOf(
  job: Job,
  own: JobFileSettings['schedules'],
  alias: ScheduleDefinition | undefined,
): NonNullable<JobFileSettings['schedules']> {
  if (alias !== undefined) return [{ ...alias, parameters: undefined }];
  return own ?? job.schedules.map((one) => ({ ...one, parameters: { ...one.parameters } }));
}

/** A collection of another kind, or one that lacks a field that the job needs, is passed over; where it is named it is a problem. */
function isSwept(
  job: Job,
  data: Data,
  name: string,
  asked: readonly string[] | undefined,
  problems: string[],
): boolean {
  const reason = job.target === 'graph' ? whyGraphNotSwept(job, data.graphs, name) : whyRowsNotSwept(job, data, name);
  if (reason !== null && asked !== undefined) {
    problems.push(`jobs.${job.id}.collections: ${name} cannot be swept: ${reason}`);
  }
  return reason === null;
}

function whyRowsNotSwept(job: Job, { collections }: Data, name: string): string | null {
  const mapping = collections.find((one) => one.name === name);
  if (mapping === undefined || job.target !== 'rows' || job.needs === undefined) return null;
  return whyNotSwept(mapping, job.needs) ?? (job.rewrites === true ? whyNotRewritable(mapping) : null);
}

function defined(parameters: Readonly<Record<string, Parameters[string] | undefined>> | undefined): Parameters {
  const entries = Object.entries(parameters ?? {});
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

const defaultHeartbeatTimeoutSeconds = 20;

function heartbeatTimeoutOf(env: Environment, settings: FileSettings, problems: string[]): number {
  const text = set(env.COPPICE_HEARTBEAT_TIMEOUT_SECONDS);
  if (text === undefined) return settings.worker?.heartbeat_timeout_seconds ?? defaultHeartbeatTimeoutSeconds;
  const result = heartbeatTimeout.safeParse(Number(text));
  if (result.success) return result.data;
  problems.push(`COPPICE_HEARTBEAT_TIMEOUT_SECONDS: must be 1 to 600, not '${text}'`);
  return defaultHeartbeatTimeoutSeconds;
}

const defaultApiPort = 7410;
const defaultRateLimitPerMinute = 600;
const defaultFailedAttemptsPerMinute = 30;

function apiOf(env: Environment, settings: FileSettings, problems: string[]): Config['api'] {
  const { host, port, rate_limit_per_minute, failed_attempts_per_minute, trust_proxy, cors_origins, oidc } =
    settings.api ?? {};
  const named = set(env.COPPICE_API_PORT);
  const number = Number(named ?? port ?? defaultApiPort);
  if (!Number.isInteger(number) || number < 0 || number > 65_535)
    problems.push(`COPPICE_API_PORT: must be a port, 0 to 65535, not '${named}'`);
  return {
    host: set(env.COPPICE_API_HOST) ?? host ?? '127.0.0.1',
    port: number,
    rateLimitPerMinute: rate_limit_per_minute ?? defaultRateLimitPerMinute,
    failedAttemptsPerMinute: failed_attempts_per_minute ?? defaultFailedAttemptsPerMinute,
    trustProxy: trust_proxy ?? [],
    corsOrigins: cors_origins ?? [],
    identity: toIdentity(oidc),
  };
}

function logLevelOf(env: Environment, settings: FileSettings, problems: string[]): LogLevel {
  const levels: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'silent'];
  const named = set(env.COPPICE_LOG_LEVEL);
  if (named === undefined) return settings.log_level ?? 'info';
  const level = levels.find((one) => one === named);
  if (level === undefined) problems.push(`COPPICE_LOG_LEVEL: must be one of ${levels.join(', ')}, not '${named}'`);
  return level ?? 'info';
}

function checkDatabase(config: Config, env: Environment, problems: string[]): void {
  const { url } = config.database;
  const problem = url === null ? null : problemOfDatabaseUrl(url);
  if (problem !== null) problems.push(`DATABASE_URL: ${problem}`);
  const own = set(env.COPPICE_DATABASE_URL);
  if (own !== undefined && own !== url) {
    problems.push(
      'COPPICE_DATABASE_URL: Coppice keeps its tables in the database of the documents, in schema coppice, so that a ' +
        'batch is one transaction; another database is not supported. Unset it or make it equal to DATABASE_URL',
    );
  }
}
