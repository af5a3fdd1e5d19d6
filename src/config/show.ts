import type { Config } from './config.ts';
import type { DeploymentConfig } from './deployment.ts';
import { showEmbeddings } from './embeddings.ts';
import { showIdentity } from './identity.ts';
import { showModel } from './model.ts';
import { nextTimes, shownTimes } from './next-times.ts';
import { showSources } from './sources.ts';
import { showWebhooks } from './webhook.ts';

/**
 * The configuration for people and programs, wire names, without secrets.
 *
 * @param now the next times of schedules are those after it
 */
export function showConfig(config: Config, now = new Date()): object {
  return {
    file: config.file,
    installation: config.installation,
    ...(config.plugins.length === 0 ? {} : { plugins: config.plugins.map(({ specifier }) => specifier) }),
    data_dir: config.dataDir,
    database: {
      url: config.database.url === null ? 'embedded' : withoutPassword(config.database.url),
      max_connections: config.database.maxConnections,
      statement_timeout_seconds: config.database.statementTimeoutSeconds,
      migrations: config.database.migrations,
    },
    temporal: {
      address: config.temporal.address,
      namespace: config.temporal.namespace,
      profile: config.temporal.profile,
      schedule_prefix: config.temporal.schedulePrefix,
      encrypts_payloads: config.temporal.codec !== null,
      ...(config.temporal.deployment === null ? {} : { deployment: shownDeployment(config.temporal.deployment) }),
    },
    worker: {
      heartbeat_timeout_seconds: config.worker.heartbeatTimeoutSeconds,
      max_concurrent_activities: config.worker.maxConcurrentActivities,
      max_concurrent_recomputes: config.worker.maxConcurrentRecomputes,
      task_queues: Object.fromEntries(config.worker.taskQueues.map(({ name, collections }) => [name, collections])),
    },
    runs: { queue_size: config.runs.queueSize },
    schedules_enabled: config.schedulesEnabled,
    alerts: config.alerts,
    api: {
      host: config.api.host,
      port: config.api.port,
      rate_limit_per_minute: config.api.rateLimitPerMinute,
      failed_attempts_per_minute: config.api.failedAttemptsPerMinute,
      trust_proxy: config.api.trustProxy,
      cors_origins: config.api.corsOrigins,
      oidc: showIdentity(config.api.identity),
    },
    weaviate:
      config.weaviate === null
        ? null
        : {
            url: withoutPassword(config.weaviate.url),
            api_key: config.weaviate.apiKey === null ? null : '[set]',
            timeout_seconds: config.weaviate.timeoutSeconds,
          },
    neo4j: config.neo4j === null ? null : { ...showStore(config.neo4j), user: config.neo4j.user },
    falkordb: config.falkordb === null ? null : showStore(config.falkordb),
    traces: {
      endpoint: config.traces.endpoint === null ? null : withoutPassword(config.traces.endpoint),
      timeout_ms: config.traces.timeoutMs,
    },
    sources: showSources(config.sources),
    embeddings: showEmbeddings(config.embeddings),
    model: showModel(config.model),
    collections: config.collections.map(({ maxAgeDays, expiresAt, fetchedAt, contentHash, fields, ...mapping }) => ({
      ...mapping,
      ...fields,
      expires_at: expiresAt,
      fetched_at: fetchedAt,
      content_hash: contentHash,
      max_age_days: maxAgeDays,
    })),
    graphs: config.graphs.map(({ emptyGroup, ...graph }) => ({ ...graph, empty_group: emptyGroup })),
    ...shownIntelligence(config.intelligence),
    jobs: config.jobs.map(({ job, ledger, schedules, ...settings }) => ({
      id: job.id,
      ...settings,
      schedules: schedules.map((schedule) => ({
        ...schedule,
        next_runs: nextTimes(schedule, now, shownTimes).map((at) => at.toISOString()),
      })),
      ledger: { enabled: ledger.enabled, retention_days: ledger.retentionDays, max_bytes: ledger.maxBytes },
    })),
    ...showWebhooks(config),
    notices: config.notices,
    log_level: config.logLevel,
    log_store_texts: config.logStoreTexts,
  };
}

function shownIntelligence({ tables }: Config['intelligence']) {
  const named = Object.entries(tables).map(([name, table]) => [name, `${table.schema}.${table.name}`]);
  return named.length === 0 ? {} : { intelligence: { tables: Object.fromEntries(named) } };
}

function shownDeployment({ name, buildId, behavior }: DeploymentConfig) {
  return { name, build_id: buildId, behavior };
}

function showStore({
  url,
  password,
  timeoutSeconds,
}: {
  url: string;
  password: string | null;
  timeoutSeconds: number;
}) {
  return { url: withoutPassword(url), password: password === null ? null : '[set]', timeout_seconds: timeoutSeconds };
}

/** Parameters of an address that are no secret; any other may be one. */
const harmless: ReadonlySet<string> = new Set(['application_name', 'host', 'port', 'sslmode', 'sslrootcert', 'user']);

/** Connection strings carry passwords in more than one place. */
export function withoutPassword(text: string): string {
  try {
    const url = new URL(text);
    // A password with an unescaped slash in it is read as part of the path.
    if (url.pathname.includes('@')) return '[not a URL]';
    if (url.password !== '') url.password = '***';
    for (const name of [...url.searchParams.keys()]) if (!harmless.has(name)) url.searchParams.set(name, '***');
    return url.toString();
  } catch {
    return '[not a URL]';
  }
}
