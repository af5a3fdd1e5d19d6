import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { isRunning } from './running-process.ts';

export interface PidFileOptions {
  file: string;
  /** What the holder's command line holds: by these a recycled process number is told apart. */
  words: readonly string[];
  /** For how long to wait for a holder, which may just be ending because its parent was killed. */
  waitMs: number;
}

/**
 * One process per data directory: a file that names its holder. A file whose process is gone is taken over.
 *
 * @returns releases the lock
 */
export async function lockPidFile(options: PidFileOptions): Promise<() => void> {
  const { file } = options;
  const mine = `${file}.${process.pid}`;
  for (;;) {
    await holderGone(options);
    writeFileSync(mine, String(process.pid));
    try {
      linkSync(mine, file); // fails if it exists: taking the lock is one step, and it is never seen empty
      return () => rmSync(file, { force: true });
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error;
    } finally {
      rmSync(mine, { force: true });
    }
  }
}

/** Waits for the holder to end, removes its file, or says who it is. */
export async function holderGone({ file, words, waitMs }: PidFileOptions): Promise<void> {
  const deadline = Date.now() + waitMs;
  for (;;) {
    const holder = readHolder(file);
    if (holder === undefined) return;
    if (!isRunning(holder, words)) return removeStale(file, holder);
    if (Date.now() > deadline) {
      throw new Error(`Process ${holder} is using this data directory already (${file})`);
    }
    await delay(100);
  }
}

function readHolder(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Two processes may find the same stale file; the one that comes second must not remove that of the first. */
function removeStale(file: string, holder: number): void {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
    if (readHolder(aside) !== holder) linkSync(aside, file);
    rmSync(aside, { force: true });
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
