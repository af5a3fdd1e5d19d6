import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { lockPidFile, runningHolder } from '../local/pid-file.ts';

/** Record that a running `up` writes into its data directory, so that other commands find it. */
const schema = z.object({
  pid: z.int(),
  installation: z.string(),
  task_queue: z.string(),
  database_url: z.string().nullable(),
  temporal_address: z.string(),
  namespace: z.string(),
  ui_url: z.string().nullable(),
  api_url: z.string(),
  started_at: z.string(),
});

export type RunningUp = z.infer<typeof schema>;

const fileName = 'up.json';
const pidFileName = 'up.pid';
/** Words in the command line of a process that holds the pid file. */
const words = ['up'];
const startLimitMs = 180_000;
const pollMs = 200;
/** A data directory serves one `up` at a time; one whose parent was killed takes a moment to end. */
const otherUpWaitMs = 2_000;

/** Makes this process the `up` of the data directory. Returns what gives it back. */
export function lockUp(dataDir: string): Promise<() => void> {
  return lockPidFile({ file: join(dataDir, pidFileName), words, waitMs: otherUpWaitMs });
}

/**
 * The `up` that runs on this data directory, or `null`. An `up` that is starting has the embedded database to itself
 * already: the command waits until it is up, or has ended.
 *
 * @param note tells a person why the command waits
 */
export async function findRunningUp(dataDir: string, note: (line: string) => void): Promise<RunningUp | null> {
  const deadline = Date.now() + startLimitMs;
  for (let waiting = false; ; waiting = true) {
    const running = readRunningUp(dataDir);
    const starting = running === null ? runningHolder(join(dataDir, pidFileName), words) : null;
    if (starting === null) return running;
    if (!waiting) note(`waiting for \`coppice up\` (process ${starting}), which is starting on ${dataDir}`);
    if (Date.now() > deadline) {
      throw new Error(
        `\`coppice up\` (process ${starting}) was not ready on ${dataDir} within ${startLimitMs / 1000} s: see its output`,
      );
    }
    await delay(pollMs);
  }
}

/** The `up` that runs on this data directory, or `null`. A file left behind by one that was killed does not count. */
function readRunningUp(dataDir: string): RunningUp | null {
  const file = join(dataDir, fileName);
  if (!existsSync(file)) return null;
  try {
    const running = schema.parse(JSON.parse(readFileSync(file, 'utf8')));
    return isAlive(running.pid) ? running : null;
  } catch {
    return null;
  }
}

export function writeRunningUp(dataDir: string, running: RunningUp): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const file = join(dataDir, fileName);
  writeFileSync(`${file}.new`, JSON.stringify(running, null, 2), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

export function removeRunningUp(dataDir: string): void {
  rmSync(join(dataDir, fileName), { force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
