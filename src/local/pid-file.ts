import { linkSync, lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { isRunning } from './running-process.ts';

export interface PidFileOptions {
  file: string;
  /** Words of the holder's command line, which tell a recycled process id apart. */
  words: readonly string[];
  /** For how long to wait for a holder, which may just be ending because its parent was killed. */
  waitMs: number;
}

/** The file is none that a process of ours has written. */
export class DamagedPidFileError extends Error {
  override readonly name = 'DamagedPidFileError';
  readonly hint = 'Make sure that no `coppice up` runs on this data directory, and delete the file.';
}

interface Holder {
  readonly text: string;
  readonly pid: number;
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

/** The running process that the file names, or `null`. */
export function runningHolder(file: string, words: readonly string[]): number | null {
  const holder = readHolder(file);
  return holder !== undefined && isRunning(holder.pid, words) ? holder.pid : null;
}

/** Waits for the holder to end, removes its file, or says who it is. */
export async function holderGone({ file, words, waitMs }: PidFileOptions): Promise<void> {
  const deadline = Date.now() + waitMs;
  for (;;) {
    const holder = readHolder(file);
    if (holder === undefined) return;
    if (!isRunning(holder.pid, words)) return removeStale(file, holder);
    if (Date.now() > deadline) {
      throw new Error(`Process ${holder.pid} is using this data directory already (${file})`);
    }
    await delay(100);
  }
}

/** The process that the file names; a file without a number names none that runs. */
function readHolder(file: string): Holder | undefined {
  try {
    const text = readFileSync(file, 'utf8');
    return { text, pid: /^\d{1,10}\s*$/.test(text) ? Number(text) : 0 };
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw new DamagedPidFileError(`${file} cannot be read (${codeOf(error)})`);
    const entry = lstatSync(file, { throwIfNoEntry: false });
    if (entry?.isSymbolicLink() === true)
      throw new DamagedPidFileError(`${file} is a link to a file that does not exist`);
    return undefined;
  }
}

/** Two processes may find the same stale file; the one that comes second must not remove that of the first. */
function removeStale(file: string, holder: Holder): void {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
    if (readHolder(aside)?.text !== holder.text) linkSync(aside, file);
    rmSync(aside, { force: true });
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return codeOf(error) === code;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
