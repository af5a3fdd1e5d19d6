import type { AlertSettings } from '../domain/alert-settings.ts';
import type { BrakeLimits } from '../domain/brake.ts';
import type { GraphMapping } from '../domain/graph-mapping.ts';
import type { IdentitySettings } from '../domain/identity.ts';
import type { CollectionMapping } from '../domain/mapping.ts';
import type { MappedResultTables } from '../domain/result-tables.ts';
import type { RetrySettings } from '../domain/retry.ts';
import type { Job, Parameters, Priority, ScheduleDefinition } from '../jobs/job.ts';
import type { DeploymentConfig } from './deployment.ts';
import type { StoreQueue } from './task-queues.ts';
import type { WebhookConfig } from './webhook.ts';

/** Everything that file, environment and flags say, validated, read once at start. */
export interface Config {
  /** Where the configuration file was found, or `null` when there is none. */
  readonly file: string | null;
  /** Holds the embedded state and tells other commands where a running `up` is. */
  readonly dataDir: string;
  /** The name of the installation, which a second configuration on the same database does not have; `null`: it has none. */
  readonly installation: string | null;
  readonly database: {
    /** `null`: the embedded database in `dataDir`. */
    readonly url: string | null;
    readonly maxConnections: number;
    /** How long a run waits for one statement; one that scans a whole table has longer. */
    readonly statementTimeoutSeconds: number;
    /** `off`: the owner migrates (`coppice migrate`), the worker only checks. */
    readonly migrations: 'on' | 'off';
  };
  readonly temporal: TemporalConfig;
  readonly worker: {
    /** After so long without a word from an activity its worker counts as lost. */
    readonly heartbeatTimeoutSeconds: number;
    /** Activities that one worker works on at once, over all jobs. */
    readonly maxConcurrentActivities: number;
    /** Groups of graphs that one worker recomputes at once: each is in memory whole. */
    readonly maxConcurrentRecomputes: number;
    /** Task queues of certain collections and graphs; all others are worked on from the main queue. */
    readonly taskQueues: readonly StoreQueue[];
  };
  readonly runs: {
    /** Runs asked for and not yet begun, over all jobs; more are refused. */
    readonly queueSize: number;
  };
  /** False: a schedule that does not exist yet is created paused, whatever its job says. */
  readonly schedulesEnabled: boolean;
  readonly alerts: AlertSettings;
  readonly api: ApiConfig;
  readonly weaviate: WeaviateConfig | null;
  readonly traces: TracesConfig;
  readonly sources: SourcesConfig;
  readonly embeddings: EmbeddingsConfig;
  /** `null`: no language model is configured. */
  readonly model: ModelConfig | null;
  readonly neo4j: Neo4jConfig | null;
  readonly falkordb: FalkorConfig | null;
  readonly collections: readonly CollectionMapping[];
  readonly graphs: readonly GraphMapping[];
  readonly intelligence: IntelligenceConfig;
  readonly jobs: readonly JobSettings[];
  readonly plugins: readonly ConfiguredPlugin[];
  /** Is told when a run is held, and when an alert fires or is resolved. */
  readonly webhook: WebhookConfig | null;
  /** Is told each week what needs a person and what runs did. */
  readonly digest: WebhookConfig | null;
  /** Lines for the log about what is set and changes nothing. */
  readonly notices: readonly string[];
  readonly logLevel: LogLevel;
  /** Whether the worker logs what a store says of an error in full, values of rows included. */
  readonly logStoreTexts: boolean;
}

export interface IntelligenceConfig {
  /** Tables of the application's that hold results about questions; Coppice's own hold the others. */
  readonly tables: MappedResultTables;
}

/** A plugin that the file names, as it was loaded. */
export interface ConfiguredPlugin {
  readonly name: string;
  readonly version: string;
  /** As the file names it. */
  readonly specifier: string;
  /** Of all its files. */
  readonly digest: string;
  /** The module that exports its workflows. */
  readonly workflows: string;
  readonly jobs: readonly Job[];
  /** The default export of its module. `src/plugins` reads it. */
  readonly exported: object;
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface TemporalConfig {
  /** `null`: what `TEMPORAL_*` and Temporal's own profiles say, else a running `up`. */
  readonly address: string | null;
  readonly namespace: string | null;
  readonly profile: string | null;
  /** Put before the ids of schedules, for two installations in one namespace. */
  readonly schedulePrefix: string;
  /** `null`: what Temporal stores is not encrypted. */
  readonly codec: CodecSource | null;
  /** `null`: workers are not versioned, and a restarted worker continues the open runs. */
  readonly deployment: DeploymentConfig | null;
}

/** Keys themselves, or a command that prints them. One of the two is set. */
export interface CodecSource {
  readonly keys: string | null;
  readonly command: string | null;
}

export interface ApiConfig {
  /** Loopback, unless somebody says otherwise. */
  readonly host: string;
  /** Of `coppice api`; `coppice up` takes a free one unless told. */
  readonly port: number;
  /** Requests of one token, or without one, from one client address. */
  readonly rateLimitPerMinute: number;
  /** Requests without a valid token from one client address. */
  readonly failedAttemptsPerMinute: number;
  /** Addresses and networks of proxies whose `X-Forwarded-For` is believed. */
  readonly trustProxy: readonly string[];
  /** Origins whose pages may call the API. */
  readonly corsOrigins: readonly string[];
  /** `null`: no identity provider is configured, and only tokens of `coppice token` are valid. */
  readonly identity: IdentitySettings | null;
}

export interface TracesConfig {
  /** Takes OTLP over HTTP. `null`: nothing is traced. */
  readonly endpoint: string | null;
  /** Of one export with its retries; the end of a process waits no longer. */
  readonly timeoutMs: number;
}

export interface WeaviateConfig {
  readonly url: string;
  readonly apiKey: string | null;
  /** Limit of each single call. */
  readonly timeoutSeconds: number;
}

export interface Neo4jConfig {
  readonly url: string;
  readonly user: string;
  readonly password: string | null;
  /** Limit of each single call. */
  readonly timeoutSeconds: number;
}

export interface FalkorConfig {
  readonly url: string;
  readonly password: string | null;
  readonly timeoutSeconds: number;
}

/** The embedder of chunks that Coppice writes. */
export interface EmbeddingsConfig {
  /** `weaviate`: the class's own vectorizer, and none here. */
  readonly provider: 'built-in' | 'openai' | 'weaviate';
  readonly url: string;
  readonly model: string;
  /** `null`: whatever the model makes. */
  readonly dimensions: number | null;
  /** Texts in a request. */
  readonly batchSize: number;
  readonly timeoutSeconds: number;
  readonly apiKey: string | null;
}

/** The language model that jobs may ask. */
export interface ModelConfig {
  readonly url: string;
  readonly name: string;
  readonly apiKey: string | null;
  /** Limit of each call. */
  readonly timeoutSeconds: number;
  readonly maxAnswerTokens: number;
  readonly maxAnswerBytes: number;
  readonly maxQuestionTokens: number;
  /** Calls of one worker that are open at once. */
  readonly maxConcurrent: number;
  /** `null`: no limit. */
  readonly callsPerMinute: number | null;
}

/** How documents are fetched again. */
export interface SourcesConfig {
  /** Requests to one host at the same time, and the pause between the starts of two. */
  readonly hostConcurrency: number;
  readonly hostDelayMs: number;
  /** Until the head of the answer is there: name, connection and waiting. */
  readonly headersTimeoutMs: number;
  /** How long nothing may come while the body is read. */
  readonly idleTimeoutMs: number;
  /** One fetch with all its redirects; waiting for one's turn at the host does not count. */
  readonly totalTimeoutMs: number;
  /** After decompression. */
  readonly maxBytes: number;
  readonly maxRedirects: number;
  /** Hosts and CIDR ranges that are fetched from although they are private. */
  readonly allow: readonly string[];
  readonly ports: readonly number[];
  /** Folders that `file:` addresses may name files in; none: no file is read. */
  readonly fileRoots: readonly string[];
  /** URL templates with `{id}`, by the scheme that stands for them. */
  readonly templates: Readonly<Record<string, string>>;
  readonly userAgent: string;
}

/** A job of the catalogue with what the configuration changes of it. */
export interface JobSettings {
  readonly job: Job;
  readonly collections: readonly string[];
  /** Parameters that the configuration sets; the others have the catalogue's defaults. */
  readonly parameters: Parameters;
  readonly schedules: readonly ScheduleDefinition[];
  readonly brake: BrakeLimits;
  readonly retry: RetrySettings;
  readonly concurrency: number;
  readonly priority: Priority;
  readonly ledger: LedgerSettings;
}

export interface LedgerSettings {
  /** False: what runs remove is gone for good. */
  readonly enabled: boolean;
  /** Undo is possible for this long. */
  readonly retentionDays: number;
  /** A run that would make the ledger larger than this is held. */
  readonly maxBytes: number;
}
