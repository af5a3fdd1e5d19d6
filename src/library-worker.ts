import { type Logger, pino } from 'pino';
import { assemble } from './assemble.ts';
import { ConfigError } from './config/errors.ts';
import type { Environment } from './config/set.ts';
import { loadConfigWithPlugins } from './plugins/load.ts';
import { createLogger } from './telemetry/logger.ts';
import { temporalSettings } from './temporal/settings.ts';
import { runWorker, type WorkerPlace } from './worker.ts';

export type { WorkerPlace };

export interface LibraryWorkerOptions {
  /** Path of the configuration file; `COPPICE_CONFIG`, or `coppice.yaml` in the working directory, without it. */
  readonly config?: string;
  /** `DATABASE_URL`, or the file's setting, without it. There is no embedded database in a library. */
  readonly databaseUrl?: string;
  /** Address and namespace of the Temporal server; `TEMPORAL_*` and Temporal's profiles without them. */
  readonly temporal?: { readonly address?: string; readonly namespace?: string };
  /** Names of the task queues that it takes work from: `main`, and those of `worker.task_queues`. All without it. */
  readonly serves?: readonly string[];
  /** Environment that is read instead of that of the process. */
  readonly env?: Environment;
  /** Where the worker's log goes; lines of JSON on standard error without it. */
  readonly logger?: Logger;
}

export interface CoppiceWorker {
  /** Works until `shutdown`. Resolves when everything is handed back and closed; rejects when the worker fails. Once only. */
  run(): Promise<void>;
  /** Ends batches that are open, then `run`, within half a minute. */
  shutdown(): void;
  /** Resolves when the worker polls; rejects when it could not start. */
  readonly ready: Promise<WorkerPlace>;
}

/**
 * A worker in the process of the application. It installs no signal handler, parser or default registry and never ends the process. Of
 * Temporal's runtime, of which a process has one, it uses the application's; where there is none it installs one without
 * handlers of signals, so an application that wants its own installs that first.
 */
export async function createWorker(options: LibraryWorkerOptions = {}): Promise<CoppiceWorker> {
  const { config: file, databaseUrl, temporal: server = {}, env = process.env } = options;
  const { address, namespace } = server;
  const given = { config: file, databaseUrl, address, namespace };
  const flags = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const config = await loadConfigWithPlugins(env, flags);
  const { url } = config.database;
  if (url === null) throw new ConfigError(['DATABASE_URL: a worker in an application needs a PostgreSQL server']);
  const temporal = temporalSettings(config.temporal, null);
  // A destination that writes later registers a handler of the process's end.
  const log = options.logger ?? createLogger(config.logLevel, pino.destination({ fd: 2, sync: true }));
  const stop = new AbortController();
  const polls = Promise.withResolvers<WorkerPlace>();
  // A caller that does not wait for it learns of a failure from `run`.
  polls.promise.catch(() => {});
  const work = async () => {
    const parts = await assemble(config, url, 'coppice worker');
    try {
      const ended = { parts, temporal, log, schedules: 'worker', stop: stop.signal, runtime: 'shared' } as const;
      const { serves } = options;
      await runWorker({ ...ended, onReady: polls.resolve, ...(serves === undefined ? {} : { serves }) });
    } finally {
      await parts.close();
    }
  };
  const workOnce = () =>
    work().then(
      () => polls.reject(new Error('the worker has ended')),
      (error: unknown) => {
        polls.reject(error);
        throw error;
      },
    );
  let running: Promise<void> | null = null;
  return {
    run: () => {
      running ??= workOnce();
      return running;
    },
    shutdown: () => stop.abort(),
    ready: polls.promise,
  };
}
