import type { Config } from '../../src/config/config.ts';
import { toMapping } from '../../src/config/mapping.ts';
import type { CollectionMapping, Field } from '../../src/domain/mapping.ts';

/** What a setting means, and what stands when it is left out. The generator refuses a setting without an entry here. */
export interface SettingText {
  readonly meaning: string;
  /** Read from the code where it can be. */
  readonly default?: string | ((config: Config) => string);
}

const own = toMapping('documents', null);
const mapped = toMapping('documents', { table: 'public.documents' });

/** The default on Coppice's own table and on a mapped one. */
function byTable(read: (mapping: CollectionMapping) => string): string {
  const [first, second] = [read(own), read(mapped)];
  return first === second ? first : `${first}; on a mapped table ${second}`;
}

function fieldName(field: Field | null): string {
  return field === null ? 'none' : `\`${[field.column, ...field.keys].join('.')}\``;
}

const chunkTable = own.vectors.in === 'table' ? own.vectors : null;
const named = toMapping('NAME', null).vectors;
const namedTable = named.in === 'table' ? named.table : null;
const weaviate = toMapping('documents', { vectors: { in: 'weaviate' } }).vectors;
const weaviateClass = weaviate.in === 'weaviate' ? weaviate : null;

const job = (read: (settings: Config['jobs'][number]) => unknown) => (config: Config) => {
  const sweeps = config.jobs.filter((one) => one.job.kind !== 'task');
  const values = new Set(sweeps.map((one) => JSON.stringify(read(one))));
  return values.size === 1 ? [...values].join('') : 'see jobs.md';
};

export const settings: Readonly<Record<string, SettingText>> = {
  'worker.heartbeat_timeout_seconds': {
    meaning: 'After how many seconds without a sign of life an activity counts as lost, with its worker.',
    default: (config) => String(config.worker.heartbeatTimeoutSeconds),
  },
  'worker.max_concurrent_activities': {
    meaning: 'Activities that one worker works on at once, over all jobs. More wait, by their priority.',
    default: (config) => String(config.worker.maxConcurrentActivities),
  },
  'runs.queue_size': {
    meaning: 'Runs asked for and not yet begun, over all jobs. One more is refused (exit code 6).',
    default: (config) => String(config.runs.queueSize),
  },
  schedules_enabled: {
    meaning:
      '`false`: a schedule that does not exist yet is created paused, whatever its job says. Schedules that run go on: ' +
      'a worker never pauses what a person has resumed.',
    default: (config) => String(config.schedulesEnabled),
  },
  'alerts.enabled': {
    meaning: 'Whether `health-check` fires alerts. In each rule `off` (or `false`) switches that rule off.',
    default: (config) => String(config.alerts.enabled),
  },
  'alerts.failed_checks': {
    meaning: 'A store, an endpoint, Temporal or the workers did not answer a check.',
    default: (config) => String(config.alerts.failed_checks),
  },
  'alerts.success_intervals': {
    meaning: "A job's last success is older than so many intervals of its schedule.",
    default: (config) => String(config.alerts.success_intervals),
  },
  'alerts.late_start_minutes': {
    meaning: 'A start came, or is, so much later than its schedule says.',
    default: (config) => String(config.alerts.late_start_minutes),
  },
  'alerts.held_hours': {
    meaning: 'A held run has waited so long for a person.',
    default: (config) => String(config.alerts.held_hours),
  },
  'alerts.dead_letters': {
    meaning: 'A job has so many dead letters.',
    default: (config) => String(config.alerts.dead_letters),
  },
  'alerts.lease_hours': {
    meaning: 'A run has held its lease so long.',
    default: (config) => String(config.alerts.lease_hours),
  },
  'alerts.workflow_task_failures': {
    meaning: 'A workflow task has failed so often in a row.',
    default: (config) => String(config.alerts.workflow_task_failures),
  },
  'alerts.backlog_minutes': {
    meaning: 'A run was asked for so long ago and has not begun.',
    default: (config) => String(config.alerts.backlog_minutes),
  },
  'alerts.ledger_share': {
    meaning: 'The ledger has reached this share of its budget.',
    default: (config) => String(config.alerts.ledger_share),
  },
  'alerts.drift_vectors': {
    meaning: 'So many vectors of a collection have no row, at the last count of `upkeep`.',
    default: (config) => String(config.alerts.drift_vectors),
  },
  'jobs.*.priority': {
    meaning: '`high`, `medium` or `low`: whose work comes first when workers are busy. A priority key of Temporal.',
    default: job(({ priority }) => priority),
  },
  'database.url': {
    meaning: 'The database of the documents. Coppice keeps its own tables there too, in schema `coppice`.',
    default: 'the embedded database in the data directory',
  },
  'database.max_connections': {
    meaning: 'Most connections of one process.',
    default: (config) => String(config.database.maxConnections),
  },
  'database.statement_timeout_seconds': {
    meaning:
      'How long a run waits for one statement. A connection that does not answer by then, with a margin, is given up, ' +
      'and the run goes on with another. Surveys, which read whole tables, have an hour.',
    default: (config) => String(config.database.statementTimeoutSeconds),
  },
  'database.migrations': {
    meaning: '`off`: the worker makes no tables, it only checks. The owner runs `coppice migrate`.',
    default: (config) => config.database.migrations,
  },
  'temporal.address': {
    meaning: 'Temporal server, `host:port`.',
    default: "what Temporal's profile says, else a running `coppice up`",
  },
  'temporal.namespace': { meaning: 'Temporal namespace.', default: "what Temporal's profile says, else `default`" },
  'temporal.profile': { meaning: "Profile of Temporal's own configuration file.", default: '`default`' },
  'temporal.schedule_prefix': {
    meaning: 'Put before the ids of schedules, for several installations in one namespace.',
    default: 'none',
  },
  'api.host': {
    meaning: 'Address that the HTTP API listens on. Other than loopback only once there is a token.',
    default: (config) => config.api.host,
  },
  'api.port': {
    meaning: 'Port of `coppice api`. `coppice up` takes a free one, or `--api-port`.',
    default: (config) => String(config.api.port),
  },
  'api.rate_limit_per_minute': {
    meaning: 'Requests that one client address may make within a minute.',
    default: (config) => String(config.api.rateLimitPerMinute),
  },
  'api.cors_origins': { meaning: 'Origins whose pages may call the HTTP API from a browser.', default: 'none' },
  'stores.weaviate.url': { meaning: 'Address of Weaviate, without credentials.' },
  'stores.weaviate.api_key': { meaning: 'API key. Better in the environment than in a file.' },
  'stores.weaviate.timeout_seconds': { meaning: 'How long a single call may take.', default: '10' },
  'sources.host_concurrency': {
    meaning: 'Requests of one process to one host at the same time.',
    default: (config) => String(config.sources.hostConcurrency),
  },
  'sources.host_delay_ms': {
    meaning: 'Pause between the starts of two requests to one host.',
    default: (config) => String(config.sources.hostDelayMs),
  },
  'sources.headers_timeout_seconds': {
    meaning: 'How long the head of an answer may take, with name, connection and TLS.',
    default: (config) => String(config.sources.headersTimeoutMs / 1000),
  },
  'sources.idle_timeout_seconds': {
    meaning: 'How long nothing may come while a body is read.',
    default: (config) => String(config.sources.idleTimeoutMs / 1000),
  },
  'sources.total_timeout_seconds': {
    meaning: 'How long one fetch may take with all its redirects. Waiting for the host does not count.',
    default: (config) => String(config.sources.totalTimeoutMs / 1000),
  },
  'sources.max_bytes': {
    meaning: 'Largest page, after decompression.',
    default: (config) => String(config.sources.maxBytes),
  },
  'sources.max_redirects': {
    meaning: 'Most redirects of one fetch. Each is checked like the first address.',
    default: (config) => String(config.sources.maxRedirects),
  },
  'sources.allow': {
    meaning: 'Host names, IP addresses and CIDR ranges that are fetched from although they are private.',
    default: 'none',
  },
  'sources.ports': { meaning: 'Ports that are fetched from.', default: (config) => config.sources.ports.join(', ') },
  'sources.file_roots': {
    meaning: 'Folders that `file:` addresses may name files in. Links out of them are refused.',
    default: 'none',
  },
  'sources.templates': {
    meaning: 'Schemes of your own: a scheme, and the URL that stands for it, with `{id}` in it.',
    default: 'none',
  },
  'sources.user_agent': {
    meaning: 'What the requests call themselves.',
    default: (config) => config.sources.userAgent,
  },
  webhook_url: {
    meaning: 'Receives a POST when a run is held, and when an alert fires or is resolved.',
    default: 'none',
  },
  log_level: { meaning: 'How much the worker logs.', default: (config) => config.logLevel },
  'collections.*.table': {
    meaning: "The application's table. Naming one makes the collection a mapped one.",
    default: `\`${own.table.schema}.\` and the name of the collection`,
  },
  'collections.*.id': {
    meaning: 'Column that names a row. It needs a unique index of its own.',
    default: `\`${own.id}\``,
  },
  'collections.*.preset': {
    meaning: 'How a known application keeps its data. The other settings of the collection stand over it.',
    default: 'none',
  },
  'collections.*.document': {
    meaning:
      'What names the document, where a document is several rows: it expires when all of them have. Not together with vectors in a table or in Weaviate.',
    default: 'none: each row is a document',
  },
  'collections.*.workspace': {
    meaning: 'What a run isolates work by. Rows without one are never touched.',
    default: fieldName(own.workspace),
  },
  'collections.*.expires_at': {
    meaning: 'When a row expires. `null`: rows have no such date.',
    default: byTable((one) => fieldName(one.expiresAt)),
  },
  'collections.*.fetched_at': {
    meaning: 'When a row was fetched or made, for `max_age_days`. `null`: rows have no such date.',
    default: byTable((one) => fieldName(one.fetchedAt)),
  },
  'collections.*.url': { meaning: 'Where the document came from.', default: byTable((one) => fieldName(one.url)) },
  'collections.*.title': { meaning: 'Its title.', default: byTable((one) => fieldName(one.title)) },
  'collections.*.content': { meaning: 'Its text.', default: byTable((one) => fieldName(one.content)) },
  'collections.*.content_hash': {
    meaning: 'Hash of its text.',
    default: byTable((one) => fieldName(one.contentHash)),
  },
  'collections.*.quality': { meaning: 'Its quality, 0 to 1.', default: byTable((one) => fieldName(one.quality)) },
  'collections.*.filter': {
    meaning:
      'Column, or column.key, to the text it must equal, or to a list of such texts. Rows outside the filter are no ' +
      'part of the collection.',
    default: 'none',
  },
  'collections.*.vectors': {
    meaning: 'Where the vectors are: see below.',
    default: byTable((one) => `\`{in: ${one.vectors.in}}\``),
  },
  'collections.*.max_age_days': {
    meaning: 'Age limit of this collection. It goes before the parameter of the job.',
    default: byTable((one) => (one.maxAgeDays === null ? 'the parameter of the job' : `\`${one.maxAgeDays}\``)),
  },
  'collections.*.accept': {
    meaning: 'Names of cascades, triggers and `row_level_security` that a person has accepted.',
    default: 'none',
  },
  'vectors.none': { meaning: 'There are no vectors, or another system keeps them.' },
  'vectors.row': { meaning: 'A column of the row holds its vector.' },
  'vectors.row.column': { meaning: 'That column.' },
  'vectors.table': { meaning: 'A table in the same database holds chunks, each with a vector.' },
  'vectors.table.table': {
    meaning: 'The table of the chunks.',
    default: `\`${chunkTable?.table.schema}.${chunkTable?.table.name}\` for \`documents\`, else \`${namedTable?.schema}.${namedTable?.name}\``,
  },
  'vectors.table.id': { meaning: 'Column that names a chunk.', default: `\`${chunkTable?.id}\`` },
  'vectors.table.document': {
    meaning: "Column with the id of the chunk's row.",
    default: `\`${chunkTable?.document}\``,
  },
  'vectors.table.text': { meaning: 'Column with the text of the chunk.', default: `\`${chunkTable?.text}\`` },
  'vectors.table.vector': { meaning: 'Column with the vector.', default: `\`${chunkTable?.vector}\`` },
  'vectors.weaviate': { meaning: 'Objects of a Weaviate class are the chunks.' },
  'vectors.weaviate.class': { meaning: 'The class.', default: `\`${weaviateClass?.class}\`` },
  'vectors.weaviate.document': {
    meaning: "Property with the id of the chunk's row.",
    default: `\`${weaviateClass?.document}\``,
  },
  'vectors.weaviate.workspace': {
    meaning: 'Property with the workspace. `null`: objects have none.',
    default: `\`${weaviateClass?.workspace}\``,
  },
  'vectors.weaviate.chunk': {
    meaning: "Property with the chunk's own id. `null`: the uuid of the object is the id.",
    default: `\`${weaviateClass?.chunk}\``,
  },
  'vectors.weaviate.text': { meaning: 'Property with the text of the chunk.', default: `\`${weaviateClass?.text}\`` },
  'jobs.*.collections': { meaning: 'What the job works on, by name.', default: 'all collections' },
  'jobs.*.parameters': { meaning: 'Parameters of the job: [jobs.md](jobs.md).', default: 'see [jobs.md](jobs.md)' },
  'jobs.*.schedules': {
    meaning: 'Replaces the schedules of the catalogue. An empty list: none.',
    default: 'see [jobs.md](jobs.md)',
  },
  'jobs.*.schedules[].name': {
    meaning: "Ends the schedule's id: `JOB-NAME`. One schedule of a job may go without and is called like the job.",
    default: 'none',
  },
  'jobs.*.schedules[].cron': { meaning: 'Five fields, UTC.' },
  'jobs.*.schedules[].every_seconds': { meaning: 'An interval.' },
  'jobs.*.schedules[].once': { meaning: 'One point in time.' },
  'jobs.*.schedules[].parameters': { meaning: 'Parameters of the runs that this schedule starts.', default: 'none' },
  'jobs.*.schedules[].catch_up_window_seconds': {
    meaning: 'How late a missed start may still happen.',
    default: '3600',
  },
  'jobs.*.schedules[].enabled': {
    meaning: 'As `enabled` of the job, for this schedule.',
    default: '`enabled` of the job',
  },
  'jobs.*.enabled': {
    meaning:
      '`true`: schedules are created running. `false`: created paused. Only at creation: afterwards a pause is a ' +
      'matter of `coppice schedules pause` and `resume`.',
    default: 'running, but paused where a job removes from a mapped table',
  },
  'jobs.*.brake.max_share': {
    meaning: 'Share of a collection that one run may remove.',
    default: job((one) => one.brake.max_share),
  },
  'jobs.*.brake.max_partition_share': {
    meaning: 'The same of one partition.',
    default: job((one) => one.brake.max_partition_share),
  },
  'jobs.*.brake.max_weekly_share': {
    meaning: 'Share removed within seven rolling days, this run included.',
    default: job((one) => one.brake.max_weekly_share),
  },
  'jobs.*.brake.floor_rows': {
    meaning: 'Below so many rows no share counts.',
    default: job((one) => one.brake.floor_rows),
  },
  'jobs.*.retry.max_retries': {
    meaning: 'How often a partition that fails is tried again.',
    default: job((one) => one.retry.max_retries),
  },
  'jobs.*.retry.retry_delay_seconds': {
    meaning: 'Pause before the first retry.',
    default: job((one) => one.retry.retry_delay_seconds),
  },
  'jobs.*.retry.retry_backoff_multiplier': {
    meaning: 'Each pause is so many times the one before.',
    default: job((one) => one.retry.retry_backoff_multiplier),
  },
  'jobs.*.retry.retry_max_delay_seconds': {
    meaning: 'Longest pause.',
    default: job((one) => one.retry.retry_max_delay_seconds),
  },
  'jobs.*.retry.retry_on_errors': {
    meaning: 'Names of errors that are tried again. Any other error is final at once.',
    default: 'see [jobs.md](jobs.md)',
  },
  'jobs.*.concurrency': { meaning: 'Packs of partitions worked on at once.', default: job((one) => one.concurrency) },
  'jobs.*.ledger.enabled': {
    meaning: '`false`: what runs remove is gone for good: there is no undo.',
    default: job((one) => one.ledger.enabled),
  },
  'jobs.*.ledger.retention_days': {
    meaning: 'How long a run can be undone.',
    default: job((one) => one.ledger.retentionDays),
  },
  'jobs.*.ledger.max_bytes': {
    meaning: 'A run that would make the ledger larger is held.',
    default: job((one) => one.ledger.maxBytes),
  },
  'embeddings.provider': {
    meaning:
      'What makes the vectors of chunks that Coppice writes. `built-in`: hashed words, 256 dimensions, for trying; ' +
      "`openai`: any endpoint that speaks OpenAI's protocol; `weaviate`: the vectorizer of the class itself.",
    default: (config) => config.embeddings.provider,
  },
  'embeddings.url': {
    meaning: 'Base address of the endpoint. Redirects are not followed.',
    default: (config) => config.embeddings.url,
  },
  'embeddings.model': { meaning: 'Name of the model; must be set with `openai`.', default: 'none' },
  'embeddings.dimensions': {
    meaning: 'How long the vectors shall be. They must be as long as those that stand, or nothing is written.',
    default: 'what the model makes',
  },
  'embeddings.batch_size': {
    meaning: 'Texts in one request.',
    default: (config) => String(config.embeddings.batchSize),
  },
  'embeddings.timeout_seconds': {
    meaning: 'Limit of each request.',
    default: (config) => String(config.embeddings.timeoutSeconds),
  },
};
