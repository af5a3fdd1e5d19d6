import { ownResultTable, resultTables } from '../../src/domain/result-tables.ts';
import { collectionSettings } from './collection-settings.ts';
import { graphSettings } from './graph-settings.ts';
import { jobSettings } from './job-settings.ts';
import type { SettingTexts } from './setting-text.ts';

/** Tables of results are alike: each has a table of Coppice's own, and may have one of the application's. */
const intelligenceSettings: SettingTexts = Object.fromEntries(
  resultTables.map((name) => [
    `intelligence.tables.${name}`,
    {
      meaning:
        `The application's table that holds the rows of \`${name}\`, with the columns in ` +
        `[intelligence.md](intelligence.md#${name}). Coppice writes its rows and never creates, alters or drops it.`,
      default: `\`${ownResultTable(name).schema}.${name}\`, a table of Coppice's own`,
    },
  ]),
);

/** Every setting of `coppice.yaml`. */
export const settings: SettingTexts = {
  installation: {
    meaning:
      'Name of this installation, which its first worker writes into the database. A database serves one installation: a ' +
      'configuration with another name is refused. `temporal.schedule_prefix` is not the name: it keeps ids of schedules ' +
      'apart where several installations share a Temporal namespace.',
    default: 'none',
  },
  plugins: {
    meaning:
      'Packages, and paths relative to this file, whose jobs are added to the catalogue: [add-a-job.md](add-a-job.md). Their code has ' +
      'the rights of the worker.',
    default: 'none',
  },
  'worker.heartbeat_timeout_seconds': {
    meaning: 'After how many seconds without a sign of life an activity counts as lost, with its worker.',
    default: (config) => String(config.worker.heartbeatTimeoutSeconds),
  },
  'worker.max_concurrent_activities': {
    meaning: 'Activities that one worker works on at once, over all jobs. More wait, by their priority.',
    default: (config) => String(config.worker.maxConcurrentActivities),
  },
  'worker.max_concurrent_recomputes': {
    meaning: 'Groups of graphs that one worker recomputes at once. Each is in its memory whole.',
    default: (config) => String(config.worker.maxConcurrentRecomputes),
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
    meaning: 'A start is so much later than its schedule.',
    default: (config) => String(config.alerts.late_start_minutes),
  },
  'alerts.skipped_starts': {
    meaning:
      'Temporal has skipped (a run was still open) or missed so many starts of a schedule since the last one that it took.',
    default: (config) => String(config.alerts.skipped_starts),
  },
  'alerts.paused_days': {
    meaning: 'A schedule of a job that removes has been paused for so long.',
    default: (config) => String(config.alerts.paused_days),
  },
  'alerts.paused_run_hours': {
    meaning:
      'A run has been paused in Temporal for so long. It counts as open, so no other run of its schedule starts.',
    default: (config) => String(config.alerts.paused_run_hours),
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
  'alerts.unjudged_growth': {
    meaning:
      'The share of rows of a collection that have no partition, or a date that cannot be read, exceeds the least share of ' +
      'the runs before (up to 59) by more than this.',
    default: (config) => String(config.alerts.unjudged_growth),
  },
  'alerts.stale_groups': {
    meaning:
      'More groups than this have been stale for over `stale_group_hours`, without a collection within that time. (One ' +
      'that was collected and stays stale waits for a grace period.)',
    default: (config) => String(config.alerts.stale_groups),
  },
  'alerts.stale_group_hours': {
    meaning: 'From when on a stale group counts for `stale_groups`.',
    default: (config) => String(config.alerts.stale_group_hours),
  },
  'alerts.group_failures': {
    meaning: 'Collection of a group was given up so often in a row.',
    default: (config) => String(config.alerts.group_failures),
  },
  'alerts.orphan_growth': {
    meaning:
      'Orphan entities that `group-maintenance` collected within seven days exceed those of the seven before by more than ' +
      'this share. Judged once its runs go back two weeks.',
    default: (config) => String(config.alerts.orphan_growth),
  },
  'alerts.orphan_growth_least': {
    meaning: 'Below so many orphan entities within seven days, growth raises no alert.',
    default: (config) => String(config.alerts.orphan_growth_least),
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
      'and the run continues with another. Surveys, which read whole tables, have an hour.',
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
    meaning:
      'Put before the ids of schedules, for several installations in one namespace. When it changes, the next worker ' +
      'replaces the schedules; while workers with another prefix run, it is refused.',
    default: 'none',
  },
  'temporal.deployment.name': {
    meaning:
      'Name of a Worker Deployment of Temporal. With a name, workers are versioned: a run ends on the version that began it, and new runs ' +
      'begin on the current version ([upgrading.md](upgrading.md#versions-side-by-side)). Without one, a restarted worker continues the open runs.',
    default: 'none',
  },
  'temporal.deployment.build_id': {
    meaning: 'Build id of the version. All workers of one version have the same.',
    default: 'the release and the digest of the workflows, those of plugins included',
  },
  'temporal.deployment.behavior': {
    meaning:
      '`pinned`: a run ends on the version that began it, so workers of that version must keep polling. `auto_upgrade`: an open run moves to ' +
      'the version that becomes current.',
    default: '`pinned`',
  },
  'worker.task_queues': {
    meaning:
      'Task queues of their own for the partitions of certain collections and graphs, by name: `{graphs: [graph]}`. See [operations.md](operations.md#a-task-queue-for-a-store).',
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
    meaning:
      'Requests that one token may make from one client address within a minute, and that the address may make without a token.',
    default: (config) => String(config.api.rateLimitPerMinute),
  },
  'api.failed_attempts_per_minute': {
    meaning:
      'Requests without a valid token that are answered from one client address within a minute. Valid tokens of the same address pass.',
    default: (config) => String(config.api.failedAttemptsPerMinute),
  },
  'api.trust_proxy': {
    meaning:
      'Addresses and networks of proxies. A request from one of them counts for the client that `X-Forwarded-For` names.',
    default: 'none',
  },
  'api.cors_origins': { meaning: 'Origins whose pages may call the HTTP API from a browser.', default: 'none' },
  'api.oidc.issuer': {
    meaning: 'OpenID Connect provider whose access tokens the API accepts, as they name it in `iss`.',
  },
  'api.oidc.audience': { meaning: 'Name of this API in the access tokens (`aud`).' },
  'api.oidc.name_claim': {
    meaning: 'Claim that names a user in runs and approvals. It must be unique and must not change.',
    default: '`sub`',
  },
  'api.oidc.users': { meaning: 'Rules that give users their rights; see [api.oidc.users](#apioidcusers).' },
  'api.oidc.users[].subject': { meaning: 'Subject of one user (`sub`). Instead of `claim` and `value`.' },
  'api.oidc.users[].claim': { meaning: 'Name of a claim, or the names on the way to a nested one.' },
  'api.oidc.users[].value': { meaning: 'Value of the claim, or one of its values where it is a list.' },
  'api.oidc.users[].scope': { meaning: 'Rights of these users, as of a token.' },
  'api.oidc.users[].content': {
    meaning: 'Whether these users are shown the content of removed and changed rows.',
    default: '`false`',
  },
  'api.oidc.users[].workspaces': { meaning: 'Workspaces that these users are limited to.', default: 'no limit' },
  'api.oidc.users[].groups': { meaning: 'Groups that these users are limited to.', default: 'no limit' },
  'api.oidc.users[].users': {
    meaning: "Users of the application's data that these users are limited to.",
    default: 'no limit',
  },
  'api.oidc.users[].entities': { meaning: 'Entities that these users are limited to.', default: 'no limit' },
  'stores.weaviate.url': { meaning: 'Address of Weaviate, without credentials.' },
  'stores.weaviate.api_key': { meaning: 'API key. Better in the environment than in a file.' },
  'stores.weaviate.timeout_seconds': { meaning: 'How long a single call may take.', default: '10' },
  'stores.neo4j.url': { meaning: 'Address of Neo4j, without credentials.' },
  'stores.neo4j.user': { meaning: 'User.', default: '`neo4j`' },
  'stores.neo4j.password': { meaning: 'Password. Better in the environment than in a file.' },
  'stores.neo4j.timeout_seconds': { meaning: 'How long a single call may take.', default: '10' },
  'stores.falkordb.url': { meaning: 'Address of FalkorDB, without credentials.' },
  'stores.falkordb.password': { meaning: 'Password. Better in the environment than in a file.' },
  'stores.falkordb.timeout_seconds': { meaning: 'How long a single call may take.', default: '10' },
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
    meaning: 'The value of the `User-Agent` header of requests.',
    default: (config) => config.sources.userAgent,
  },
  'traces.endpoint': {
    meaning:
      'Where the traces of requests, runs and stores go, the whole address without credentials: OTLP over HTTP, as JSON. ' +
      '[operations.md](operations.md#each-day) describes their content.',
    default: 'none: nothing is traced',
  },
  webhook_url: {
    meaning: 'Receives a POST when a run is held, and when an alert fires or is resolved.',
    default: 'none',
  },
  webhook_format: {
    meaning:
      'Format of the requests to `webhook_url`: `coppice` (JSON of our own), `slack` (an incoming webhook), `pagerduty` ' +
      '(Events API v2) or `alertmanager` (API v2). [operations.md](operations.md#webhook) shows how to set each up.',
    default: 'coppice',
  },
  'weekly_digest.enabled': {
    meaning:
      'Whether a digest is sent each Monday after 07:00 UTC: what needs a person, and what runs did in the week.',
    default: 'false',
  },
  'weekly_digest.url': { meaning: 'Receives the digest as a POST.', default: '`webhook_url`' },
  'weekly_digest.format': {
    meaning: '`coppice` or `slack`.',
    default: '`webhook_format`; `coppice` where `weekly_digest.url` is set',
  },
  log_level: { meaning: 'How much the worker logs.', default: (config) => config.logLevel },
  log_store_texts: {
    meaning:
      'Whether the worker logs the full text of a store error. The text may quote rows; without this setting, logs, dead letters and history have its code and the names of objects.',
    default: (config) => String(config.logStoreTexts),
  },
  'model.url': {
    meaning:
      'Base address of a language model that speaks the chat completions of OpenAI. Redirects are not followed. Without it, ' +
      'jobs do what their rules can do.',
    default: 'none',
  },
  'model.name': { meaning: 'Name of the model at the endpoint; must be set with `model.url`.', default: 'none' },
  'model.timeout_seconds': {
    meaning: 'Limit of each call, from the connection to the last byte of the answer.',
    default: '60',
  },
  'model.max_answer_tokens': {
    meaning: 'Tokens that the endpoint may answer with. An answer that is cut off there is rejected.',
    default: '4096',
  },
  'model.max_answer_bytes': {
    meaning: 'An answer that is longer is rejected and not read to its end.',
    default: '1048576',
  },
  'model.max_question_tokens': {
    meaning: 'A question that is longer is not asked. Tokens are estimated: one for three bytes.',
    default: '24000',
  },
  'model.max_concurrent': {
    meaning:
      'Calls that are open at once, over all activities of a worker process; each process has a limit of its own.',
    default: '4',
  },
  'model.calls_per_minute': {
    meaning:
      'Starts of calls per minute, over all activities of a worker process. With several processes, configure what the endpoint allows divided by their number.',
    default: 'no limit',
  },
  'embeddings.provider': {
    meaning:
      'The maker of the vectors of chunks that Coppice writes. `built-in`: hashed words, 256 dimensions, for trying; ' +
      "`openai`: any endpoint that speaks OpenAI's protocol; `weaviate`: the vectorizer of the class itself.",
    default: (config) => config.embeddings.provider,
  },
  'embeddings.url': {
    meaning: 'Base address of the endpoint. Redirects are not followed.',
    default: (config) => config.embeddings.url,
  },
  'embeddings.model': { meaning: 'Name of the model; must be set with `openai`.', default: 'none' },
  'embeddings.dimensions': {
    meaning: 'Length of the vectors. It must equal that of the existing vectors, or nothing is written.',
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
  ...intelligenceSettings,
  ...collectionSettings,
  ...graphSettings,
  ...jobSettings,
};
