import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import type { SearchAttributeType } from '@temporalio/common';
import { cacheDir } from './cache-dir.ts';
import { type Child, startChild } from './child-process.ts';
import { freePort, requiredPort, retryPortClash } from './free-port.ts';
import { holderGone } from './pid-file.ts';
import { runTool } from './run-tool.ts';
import { findTemporalCli, type TemporalCli } from './temporal-cli.ts';

const START_TIMEOUT_MS = 60_000;
const STOP_GRACE_MS = 10_000;
const PREDECESSOR_WAIT_MS = 15_000;
const HEALTH_CALL_TIMEOUT_MS = 2_000;
const HELP_TIMEOUT_MS = 20_000;
const NAMESPACE = 'default';

/** The numbers of the server's `IndexedValueType`; the SDK keeps its own table to itself. */
const INDEXED_VALUE_TYPE = { TEXT: 1, KEYWORD: 2, INT: 3, DOUBLE: 4, BOOL: 5, DATETIME: 6, KEYWORD_LIST: 7 } as const;

/** Types, in the SDK's words, by name. */
export type SearchAttributes = Readonly<Record<string, SearchAttributeType>>;

export interface TemporalServerOptions {
  /** Schedules, runs and histories live in its file `temporal.db`. */
  dataDir: string;
  /** Free to choose if left out or 0; so is `uiPort`. */
  port?: number;
  uiPort?: number;
  env: NodeJS.ProcessEnv;
  searchAttributes?: SearchAttributes;
  /** The server's dynamic configuration, e.g. `limit.historyCount.suggestContinueAsNew=60`. */
  dynamicConfig?: readonly string[];
  log: (line: string) => void;
  signal?: AbortSignal;
}

export interface TemporalServer extends Child {
  address: string;
  uiUrl: string;
  cli: TemporalCli;
}

/** The Temporal dev server with a database file, its Web UI, on loopback. */
export async function startTemporalServer(options: TemporalServerOptions): Promise<TemporalServer> {
  const { dataDir, env, log, signal, searchAttributes = {} } = options;
  const cli = await findTemporalCli({ env, cacheDir: cacheDir(env), log, signal });
  const optional = await optionalArguments(cli);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const database = join(dataDir, 'temporal.db');
  const pidFile = join(dataDir, 'temporal.pid');
  // Two servers on one database would each believe that they own its shards.
  await holderGone({ file: pidFile, words: ['start-dev', database], waitMs: PREDECESSOR_WAIT_MS });
  const wanted = options.port ? await requiredPort(options.port, 'the Temporal server') : undefined;
  const wantedUi = options.uiPort ? await requiredPort(options.uiPort, 'the Temporal Web UI') : undefined;

  return retryPortClash(async () => {
    const ports = { port: wanted ?? (await freePort()), uiPort: wantedUi ?? (await freePort()) };
    const address = `127.0.0.1:${ports.port}`;
    const child = await startChild({
      name: 'The Temporal server',
      command: cli.path,
      args: [...serverArguments({ database, ...ports }), ...optional, ...dynamicArguments(options.dynamicConfig ?? [])],
      env,
      logFile: join(dataDir, 'temporal.log'),
      announces: `:${ports.port}`,
      isHealthy: () => isReady(address, searchAttributes),
      healthTimeoutMs: START_TIMEOUT_MS,
      graceMs: STOP_GRACE_MS,
      signal,
    });
    writeFileSync(pidFile, String(child.pid));
    const uiUrl = `http://127.0.0.1:${ports.uiPort}`;
    log(`Temporal server ready at ${address}, Web UI ${uiUrl}`);
    const stop = async () => {
      await child.stop();
      rmSync(pidFile, { force: true });
    };
    return { ...child, stop, address, uiUrl, cli };
  });
}

/** Write-ahead logging makes the server ten times faster on a file, as fast as in memory. */
function serverArguments(server: { database: string; port: number; uiPort: number }): string[] {
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--namespace', NAMESPACE, '--log-level', 'warn'],
    ...['--port', String(server.port), '--ui-port', String(server.uiPort)],
    ...['--db-filename', server.database],
    ...['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=normal'],
  ];
}

/** Flags that a command of the user's own is perhaps too old for; one that was fetched here knows them. */
async function optionalArguments({ path, source }: TemporalCli): Promise<string[]> {
  const flag = '--ui-disable-news-fetch';
  if (source !== 'environment' && source !== 'path') return [flag];
  const help = await runTool(path, ['server', 'start-dev', '--help'], { timeoutMs: HELP_TIMEOUT_MS });
  return help.includes(flag) ? [flag] : [];
}

function dynamicArguments(values: readonly string[]): string[] {
  return values.flatMap((value) => ['--dynamic-config-value', value]);
}

/**
 * Ready is: it answers, knows the namespace, and has the search attributes. Those are asked for here and not by the
 * server's `--search-attribute`, which does nothing on a database that exists already.
 */
async function isReady(address: string, searchAttributes: SearchAttributes): Promise<boolean> {
  const connection = await Connection.connect({ address, connectTimeout: HEALTH_CALL_TIMEOUT_MS });
  try {
    return await connection.withDeadline(Date.now() + HEALTH_CALL_TIMEOUT_MS, async () => {
      const { workflowService, operatorService } = connection;
      await workflowService.describeNamespace({ namespace: NAMESPACE });
      const names = Object.keys(searchAttributes);
      if (names.length === 0) return true;
      const { customAttributes } = await operatorService.listSearchAttributes({ namespace: NAMESPACE });
      const missing = Object.entries(searchAttributes).filter(([name]) => !(name in customAttributes));
      if (missing.length === 0) return true;
      const types = Object.fromEntries(missing.map(([name, type]) => [name, INDEXED_VALUE_TYPE[type]]));
      await operatorService.addSearchAttributes({ namespace: NAMESPACE, searchAttributes: types });
      return false; // asked again: they are there a moment later
    });
  } finally {
    await connection.close();
  }
}
