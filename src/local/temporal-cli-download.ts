import { createWriteStream } from 'node:fs';
import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { cachedFolder } from './cached-folder.ts';
import { runTool } from './run-tool.ts';

/** A machine that is offline has to find out fast. */
const ANSWER_TIMEOUT_MS = 5_000;
const DOWNLOAD_TIMEOUT_MS = 600_000;
const UNPACK_TIMEOUT_MS = 60_000;
const OFFICIAL_URL = 'https://temporal.download';

const EXECUTABLE = process.platform === 'win32' ? 'temporal.exe' : 'temporal';

const archiveInfo = z.object({ archiveUrl: z.url() });

export interface DownloadOptions {
  /** `COPPICE_TEMPORAL_DOWNLOAD_URL` names another place than Temporal's own, such as a mirror. */
  env: NodeJS.ProcessEnv;
  cacheDir: string;
  log: (line: string) => void;
  signal?: AbortSignal;
}

export function cachedTemporalCli(cacheDir: string): string {
  return join(cacheDir, 'temporal-cli', EXECUTABLE);
}

/** The latest release of the CLI, from where Temporal's own SDKs download it. */
export async function downloadTemporalCli({ env, cacheDir, log, signal }: DownloadOptions): Promise<string> {
  const base = env.COPPICE_TEMPORAL_DOWNLOAD_URL || OFFICIAL_URL;
  await cachedFolder(join(cacheDir, 'temporal-cli'), async (temporary) => {
    const query = new URLSearchParams({ platform: platformName(), arch: archName() });
    const answer = await get(`${base}/cli/archive/latest?${query}`, signal);
    const { archiveUrl } = archiveInfo.parse(await answer.json());
    if (base.startsWith('https:') && !archiveUrl.startsWith('https:')) {
      throw new Error(`The archive would come without encryption: ${archiveUrl}`);
    }
    log(`Downloading the Temporal CLI from ${archiveUrl}`);
    const archive = join(temporary, 'archive');
    const { body } = await get(archiveUrl, signal);
    if (!body) throw new Error(`${archiveUrl} is empty`);
    await pipeline(Readable.fromWeb(body), createWriteStream(archive));
    // Both GNU tar (gzip) and Windows' own (zip) find out the format by themselves.
    await runTool('tar', ['-xf', archive, '-C', temporary], { timeoutMs: UNPACK_TIMEOUT_MS, env, signal });
    await rm(archive);
    await chmod(join(temporary, EXECUTABLE), 0o755);
  });
  return cachedTemporalCli(cacheDir);
}

/** A short time for the answer to begin, a long one for it to arrive. */
async function get(url: string, signal?: AbortSignal): Promise<Response> {
  const late = new AbortController();
  const timer = setTimeout(
    () => late.abort(new Error(`no answer within ${ANSWER_TIMEOUT_MS / 1000} s`)),
    ANSWER_TIMEOUT_MS,
  );
  const signals = [late.signal, AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS), ...(signal ? [signal] : [])];
  try {
    const response = await fetch(url, { signal: AbortSignal.any(signals) });
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    return response;
  } finally {
    clearTimeout(timer);
  }
}

function platformName(): string {
  return process.platform === 'win32' ? 'windows' : process.platform;
}

function archName(): string {
  return process.arch === 'x64' ? 'amd64' : process.arch;
}
