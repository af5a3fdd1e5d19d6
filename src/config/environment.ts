import { catalogue } from '../jobs/index.ts';
import { type GlobalSetting, globalAliases, type JobSetting, jobAliases } from './aliases.ts';

/**
 * Every environment variable that is read, for the reference. `test/docs/environment.unit.test.ts` holds the list to the code,
 * in both directions.
 */
export interface EnvironmentVariable {
  readonly name: string;
  readonly meaning: string;
  /** The setting of `coppice.yaml` that it goes before, or the flag that goes before it; `null` where there is none. */
  readonly setting: string | null;
  readonly flag?: string;
  /** `temporal` and `opentelemetry`: read by the libraries of those, not by us. `alias`: another system's name. */
  readonly readBy: 'coppice' | 'temporal' | 'opentelemetry' | 'alias';
}

const own: readonly EnvironmentVariable[] = [
  {
    name: 'DATABASE_URL',
    meaning: 'PostgreSQL with pgvector, where the documents are and where Coppice keeps its tables.',
    setting: 'database.url',
    flag: '--database-url',
    readBy: 'coppice',
  },
  {
    name: 'COPPICE_DATABASE_URL',
    meaning:
      'Where Coppice keeps its own tables. It must be absent or equal to the database of the documents; ' +
      'anything else is refused.',
    setting: null,
    readBy: 'coppice',
  },
  {
    name: 'COPPICE_INSTALLATION',
    meaning: 'Name of the installation. A database that belongs to an installation of another name is refused.',
    setting: 'installation',
    readBy: 'coppice',
  },
  {
    name: 'COPPICE_CONFIG',
    meaning: 'Path of the configuration file. The file must exist when it is named.',
    setting: null,
    flag: '--config',
    readBy: 'coppice',
  },
  {
    name: 'COPPICE_DATA_DIR',
    meaning: 'Folder of the embedded database and of the Temporal dev server. Default `.coppice`.',
    setting: null,
    flag: '--data-dir',
    readBy: 'coppice',
  },
  {
    name: 'COPPICE_LOG_LEVEL',
    meaning: 'How much the worker logs on standard error.',
    setting: 'log_level',
    readBy: 'coppice',
  },
  {
    name: 'COPPICE_WEBHOOK_URL',
    meaning: 'Receives a POST when a run is held, and when an alert fires or is resolved.',
    setting: 'webhook_url',
    readBy: 'coppice',
  },
  {
    name: 'COPPICE_WEBHOOK_FORMAT',
    meaning: 'Format of the requests to the webhook: `coppice`, `slack`, `pagerduty` or `alertmanager`.',
    setting: 'webhook_format',
    readBy: 'coppice',
  },
  {
    name: 'COPPICE_PAGERDUTY_ROUTING_KEY',
    meaning: 'Integration key of the PagerDuty service that alerts go to. It is read from the environment only.',
    setting: null,
    readBy: 'coppice',
  },
  {
    name: 'COPPICE_WEBHOOK_SECRET',
    meaning: 'Signs what the webhook gets, as Standard Webhooks has it. `whsec_` and base64, or any text.',
    setting: null,
    readBy: 'coppice',
  },
  {
    name: 'COPPICE_CODEC_KEYS',
    meaning:
      'Encrypts what Temporal stores (AES-256-GCM): `id:key,id:key`, each 32 bytes in base64. The first encrypts, all ' +
      'decrypt. The same for workers and commands.',
    setting: null,
    readBy: 'coppice',
  },
  {
    name: 'COPPICE_CODEC_KEY_COMMAND',
    meaning: 'A command of the shell that prints the same, for keys that are kept elsewhere.',
    setting: null,
    readBy: 'coppice',
  },
  {
    name: 'COPPICE_DEPLOYMENT_NAME',
    meaning: 'Name of the Worker Deployment in Temporal. Without one, workers are not versioned.',
    setting: 'temporal.deployment.name',
    readBy: 'coppice',
  },
  {
    name: 'COPPICE_BUILD_ID',
    meaning: 'Build id of this version of the Worker Deployment.',
    setting: 'temporal.deployment.build_id',
    readBy: 'coppice',
  },
  {
    name: 'COPPICE_HEARTBEAT_TIMEOUT_SECONDS',
    meaning: 'After how many seconds without a sign of life an activity counts as lost. 1 to 600, 20 by default.',
    setting: 'worker.heartbeat_timeout_seconds',
    readBy: 'coppice',
  },
  {
    name: 'COPPICE_API_HOST',
    meaning: 'Address that the HTTP API listens on. Other than loopback only once there is a token.',
    setting: 'api.host',
    flag: '--host',
    readBy: 'coppice',
  },
  {
    name: 'COPPICE_API_PORT',
    meaning: 'Port of `coppice api`.',
    setting: 'api.port',
    flag: '--port',
    readBy: 'coppice',
  },
  {
    name: 'COPPICE_TEMPORAL_CLI',
    meaning: 'Path of the `temporal` command that `coppice up` starts. Default: the one on PATH, else a download.',
    setting: null,
    readBy: 'coppice',
  },
  {
    name: 'COPPICE_TEMPORAL_DOWNLOAD_URL',
    meaning: 'Where `coppice up` downloads the `temporal` command from, for a mirror of the official site.',
    setting: null,
    readBy: 'coppice',
  },
  {
    name: 'COPPICE_CACHE',
    meaning:
      'Folder of what Coppice has downloaded, and of compiled code, with which commands start sooner. ' +
      'Default: `coppice` in the cache folder of the user.',
    setting: null,
    readBy: 'coppice',
  },
  {
    name: 'WEAVIATE_URL',
    meaning: 'Address of Weaviate. It must not carry credentials.',
    setting: 'stores.weaviate.url',
    readBy: 'coppice',
  },
  {
    name: 'WEAVIATE_API_KEY',
    meaning: 'API key of Weaviate.',
    setting: 'stores.weaviate.api_key',
    readBy: 'coppice',
  },
  {
    name: 'NEO4J_URL',
    meaning: 'Address of Neo4j, such as `bolt://127.0.0.1:7687`. It must not carry credentials.',
    setting: 'stores.neo4j.url',
    readBy: 'coppice',
  },
  {
    name: 'NEO4J_URI',
    meaning: 'The same as `NEO4J_URL`.',
    setting: 'stores.neo4j.url',
    readBy: 'coppice',
  },
  {
    name: 'NEO4J_USER',
    meaning: 'User of Neo4j. Default `neo4j`.',
    setting: 'stores.neo4j.user',
    readBy: 'coppice',
  },
  {
    name: 'NEO4J_PASSWORD',
    meaning: 'Password of Neo4j.',
    setting: 'stores.neo4j.password',
    readBy: 'coppice',
  },
  {
    name: 'FALKORDB_URL',
    meaning: 'Address of FalkorDB, such as `redis://127.0.0.1:6379`. It must not carry credentials.',
    setting: 'stores.falkordb.url',
    readBy: 'coppice',
  },
  {
    name: 'FALKORDB_PASSWORD',
    meaning: 'Password of FalkorDB.',
    setting: 'stores.falkordb.password',
    readBy: 'coppice',
  },
  {
    name: 'EMBEDDINGS_API_KEY',
    meaning: 'API key of the endpoint of embeddings. It is read from the environment only.',
    setting: null,
    readBy: 'coppice',
  },
  {
    name: 'COPPICE_MODEL_URL',
    meaning:
      'Base address of a language model that speaks the chat completions of OpenAI, such as `https://api.openai.com/v1`. ' +
      'Without it, jobs do what their rules can do.',
    setting: 'model.url',
    readBy: 'coppice',
  },
  {
    name: 'COPPICE_MODEL',
    meaning: 'Name of the model at that endpoint.',
    setting: 'model.name',
    readBy: 'coppice',
  },
  {
    name: 'COPPICE_MODEL_KEY',
    meaning: 'API key of the endpoint of the model. It is read from the environment only.',
    setting: null,
    readBy: 'coppice',
  },
  {
    name: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    meaning: 'Where traces go, the whole address: OTLP over HTTP, as JSON. Without one nothing is traced.',
    setting: 'traces.endpoint',
    readBy: 'coppice',
  },
  {
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    meaning: 'The same without its path `/v1/traces`, as all programs share it. The one above goes before it.',
    setting: 'traces.endpoint',
    readBy: 'coppice',
  },
  {
    name: 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL',
    meaning: 'Anything but `http/json` is answered with one line in the log.',
    setting: null,
    readBy: 'coppice',
  },
  {
    name: 'OTEL_EXPORTER_OTLP_PROTOCOL',
    meaning: 'The same, as all programs share it.',
    setting: null,
    readBy: 'coppice',
  },
  {
    name: 'OTEL_EXPORTER_OTLP_TRACES_TIMEOUT',
    meaning: 'How long one export may take with its retries, in ms, and so the end of a process. Default 3000.',
    setting: null,
    readBy: 'coppice',
  },
  {
    name: 'OTEL_EXPORTER_OTLP_TIMEOUT',
    meaning: 'The same, as all programs share it.',
    setting: null,
    readBy: 'coppice',
  },
  {
    name: 'OTEL_TRACES_EXPORTER',
    meaning: '`none`: nothing is traced, whatever else is set.',
    setting: null,
    readBy: 'coppice',
  },
  {
    name: 'OTEL_SDK_DISABLED',
    meaning: '`true`: the same.',
    setting: null,
    readBy: 'coppice',
  },
  {
    name: 'TEMPORAL_ADDRESS',
    meaning:
      'Temporal server, `host:port`. Without it, the address of the profile or of a running `coppice up` is used.',
    setting: 'temporal.address',
    flag: '--address',
    readBy: 'coppice',
  },
  {
    name: 'TEMPORAL_NAMESPACE',
    meaning: 'Temporal namespace.',
    setting: 'temporal.namespace',
    flag: '--namespace',
    readBy: 'coppice',
  },
  {
    name: 'TEMPORAL_PROFILE',
    meaning: "Profile of Temporal's own configuration file.",
    setting: 'temporal.profile',
    readBy: 'coppice',
  },
];

const openTelemetrys: readonly EnvironmentVariable[] = [
  ['OTEL_EXPORTER_OTLP_HEADERS', 'Headers for the collector, `name=value,name=value`: the place for its credentials.'],
  ['OTEL_EXPORTER_OTLP_COMPRESSION', '`gzip` or `none`.'],
  ['OTEL_EXPORTER_OTLP_CERTIFICATE', "Certificate authority of the collector's certificate, a PEM file."],
  ['OTEL_SERVICE_NAME', 'The name of this process in traces. Default `coppice`.'],
  ['OTEL_RESOURCE_ATTRIBUTES', 'More of the same, `key=value,key=value`.'],
  [
    'OTEL_TRACES_SAMPLER',
    'Which calls are traced, such as `traceidratio`. Runs that no traced call has started always are.',
  ],
  ['OTEL_TRACES_SAMPLER_ARG', 'The argument of the sampler, such as `0.1`.'],
  ['OTEL_BSP_SCHEDULE_DELAY', 'How often spans are sent, in ms. Default 5000.'],
].map(([name = '', meaning = '']) => ({ name, meaning, setting: null, readBy: 'opentelemetry' as const }));

const temporals: readonly EnvironmentVariable[] = [
  ['TEMPORAL_CONFIG_FILE', "Path of Temporal's own configuration file (TOML), which holds the profiles."],
  ['TEMPORAL_API_KEY', 'API key, as Temporal Cloud wants it. Turns TLS on.'],
  ['TEMPORAL_TLS', '`true` for TLS.'],
  ['TEMPORAL_TLS_CLIENT_CERT_PATH', 'Client certificate for mTLS.'],
  ['TEMPORAL_TLS_CLIENT_CERT_DATA', 'The same, as text.'],
  ['TEMPORAL_TLS_CLIENT_KEY_PATH', 'Key of the client certificate.'],
  ['TEMPORAL_TLS_CLIENT_KEY_DATA', 'The same, as text.'],
  ['TEMPORAL_TLS_SERVER_CA_CERT_PATH', "Certificate authority of the server's certificate."],
  ['TEMPORAL_TLS_SERVER_CA_CERT_DATA', 'The same, as text.'],
  ['TEMPORAL_TLS_SERVER_NAME', "Name that the server's certificate must have."],
].map(([name = '', meaning = '']) => ({ name, meaning, setting: null, readBy: 'temporal' as const }));

const known = new Set(catalogue.map((job) => job.id));

const ofJobs: readonly EnvironmentVariable[] = [...Map.groupBy(jobAliases, (one) => one.variable)].map(
  ([name, stands]) => {
    const served = stands.filter((one) => known.has(one.job));
    const missing = stands.filter((one) => !known.has(one.job)).map((one) => one.job);
    return {
      name,
      meaning:
        missing.length === 0
          ? 'Accepted from the system that it comes from.'
          : `Accepted; this version has no job \`${missing.join('`, `')}\` yet.`,
      setting: served.length === 0 ? null : served.map(({ job, sets }) => settingOf(job, sets)).join(', '),
      readBy: 'alias' as const,
    };
  },
);

function settingOf(job: string, sets: JobSetting): string {
  if (typeof sets === 'object') return `jobs.${job}.parameters.${sets.parameter}`;
  return sets === 'cron' || sets === 'every_minutes' ? `jobs.${job}.schedules` : `jobs.${job}.${sets}`;
}

const meanings: Readonly<Record<GlobalSetting, readonly [meaning: string, setting: string | null]>> = {
  schedules_enabled: [
    '`false`: schedules that do not exist yet are created paused. Those that run go on; `coppice schedules pause` stops them.',
    'schedules_enabled',
  ],
  max_concurrent_activities: ['Activities that a worker works on at once.', 'worker.max_concurrent_activities'],
  queue_size: ['Runs asked for and not yet begun; more are refused.', 'runs.queue_size'],
  nothing: ['Answered with one line in the log: the Temporal server needs no polling.', null],
};

const aliases: readonly EnvironmentVariable[] = [
  ...globalAliases.map(({ variable, sets }) => {
    const [meaning, setting] = meanings[sets];
    return { name: variable, meaning, setting, readBy: 'alias' as const };
  }),
  ...ofJobs,
];

export const environment: readonly EnvironmentVariable[] = [...own, ...temporals, ...openTelemetrys, ...aliases];
